/** Most bytes that an archive of so many may unpack to: real ones unpack to three to twenty times their size. */
export const usualUnpackedSize = (size: number): number => 256_000_000 + 100 * size;
