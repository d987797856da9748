import {execFileSync} from 'node:child_process';
import {CPYTHON} from './python.js';

/** A member of an archive that a test writes, just as it is told. */
export interface ArchiveMember {
  readonly name: string;
  readonly text?: string;
  /** @default 0o644, 0o755 for a folder */
  readonly mode?: number;
  /** Seconds since 1970. @default 1600000000 */
  readonly mtime?: number;
  /** @default file */
  readonly type?: 'file' | 'folder' | 'symlink' | 'hardlink' | 'fifo' | 'device';
  readonly target?: string;
  readonly uid?: number;
  /** Bytes of nothing but zeros, instead of a text. */
  readonly zeros?: number;
}

const WRITER = `
import io, json, sys, tarfile, time, zipfile
file, members = sys.argv[1], json.load(sys.stdin)
types = {"folder": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE, "hardlink": tarfile.LNKTYPE, "fifo": tarfile.FIFOTYPE, "device": tarfile.CHRTYPE}
if file.endswith(".zip"):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in members:
            info = zipfile.ZipInfo(one["name"], time.gmtime(one.get("mtime", 1600000000))[:6])
            mode = one.get("mode", 0o644)
            info.external_attr = (mode if mode > 0o7777 else mode | 0o100000) << 16
            archive.writestr(info, bytes(one["zeros"]) if "zeros" in one else one.get("text", ""), zipfile.ZIP_DEFLATED if "zeros" in one else zipfile.ZIP_STORED)
else:
    with tarfile.open(file, "w:gz") as archive:
        for one in members:
            data = bytes(one["zeros"]) if "zeros" in one else one.get("text", "").encode()
            info = tarfile.TarInfo(one["name"])
            info.type = types.get(one.get("type"), tarfile.REGTYPE)
            info.mode = one.get("mode", 0o755 if one.get("type") == "folder" else 0o644)
            info.mtime = one.get("mtime", 1600000000)
            info.linkname = one.get("target", "")
            info.uid = info.gid = one.get("uid", 0)
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data))
`;

/** Write a tar.gz or, by its name, a zip archive. */
export function writeArchive(file: string, members: readonly ArchiveMember[]): string {
  execFileSync(CPYTHON, ['-c', WRITER, file], {input: JSON.stringify(members), stdio: 'pipe'});
  return file;
}
