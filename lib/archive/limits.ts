import {MkvenvdebError} from '../errors.js';
import {usualUnpackedSize} from '../formats/unpacked-size.js';

/**
 * How much a package may ask of who reads it. A few hundred kilobytes can unpack to terabytes; a package that does is
 * refused as soon as that shows. Infinity takes a limit away.
 */
export interface ReadLimits {
  /**
   * Bytes of the data archive, unpacked.
   * @default 256 MB and a hundred times the size of the package: real ones unpack to three to twenty times theirs
   */
  readonly unpackedSize?: number | undefined;
  /** Bytes of the control archive, unpacked: it is held in memory. @default 64 MiB */
  readonly controlSize?: number | undefined;
  /**
   * Members of the data archive. What is known of each is held in memory; their names and link targets may have 256
   * bytes each on average.
   * @default 500000
   */
  readonly members?: number | undefined;
}

/** What one tar archive may hold. */
export interface TarLimits {
  /** Bytes, uncompressed. */
  readonly length: number;
  readonly members: number;
  /** Bytes of names and link targets, all together. */
  readonly text: number;
  /** The option that raises `length`. */
  readonly option: keyof ReadLimits;
}

const CONTROL = 64 << 20;
const MEMBERS = 500_000;
/** Of a member's name and link target, on average. */
const TEXT = 256;
/** The flag of the command line that sets each. */
const FLAGS: Readonly<Record<keyof ReadLimits, string>> = {
  unpackedSize: '--limit-size',
  controlSize: '--limit-control',
  members: '--limit-members',
};

/**
 * The limits of both archives of a package.
 *
 * @param size of the package, in bytes
 * @throws E_OPTION for a limit that is no number from 0 on
 */
export function resolveLimits(
  limits: ReadLimits,
  size: number,
): {readonly control: TarLimits; readonly data: TarLimits} {
  for (const name in limits) {
    const limit = limits[name as keyof ReadLimits];
    if (limit !== undefined && !(typeof limit === 'number' && limit >= 0))
      throw new MkvenvdebError('E_OPTION', `Option "limits.${name}" is not a number from 0 on: ${limit}`);
  }
  const {unpackedSize = usualUnpackedSize(size), controlSize = CONTROL, members = MEMBERS} = limits;
  const rest = {members, text: members * TEXT};
  return {
    control: {...rest, length: controlSize, option: 'controlSize'},
    data: {...rest, length: unpackedSize, option: 'unpackedSize'},
  };
}

/** What passed a limit: an E_FORMAT that names it and the option that raises it. */
export const beyondLimit = (what: string, option: keyof ReadLimits): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', what, {
    hint: `If you trust the package, raise the limit: option limits.${option}, ${FLAGS[option]} on the command line`,
  });
