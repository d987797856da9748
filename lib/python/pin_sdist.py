"""Back ends write the time, the user and the order of the disk into an sdist: the same source shall give the same bytes."""

import gzip
import os
import tarfile


def pin(path, epoch):
    """Give every member the same time and owner, and put them in the order of their names."""
    new = path + ".new"
    with tarfile.open(path, "r:gz") as archive, open(new, "wb") as raw:
        with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=epoch) as stream:
            with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as pinned:
                # A hard link comes after what it is a link to.
                for member in sorted(archive.getmembers(), key=lambda one: (one.islnk(), one.name)):
                    content = archive.extractfile(member) if member.isreg() else None
                    member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
                    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
                    member.pax_headers = {}
                    pinned.addfile(member, content)
    os.replace(new, path)
