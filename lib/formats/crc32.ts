import {crc32 as zlibCrc32} from 'node:zlib';

/** CRC-32 (IEEE 802.3) of some bytes. */
export const crc32 = (bytes: Uint8Array): number => zlibCrc32(bytes);
