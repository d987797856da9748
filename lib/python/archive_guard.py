"""Refuse archives that would leave their folder, or fill the disk, by what the headers of their members say.

What is wrong is a Refused: one sentence that names the member.
"""

import lzma
import os
import stat
import tarfile
import zipfile
import zlib

LONGEST_PART = 255
MOST_MEMBERS = 500000
# Of a header that extends the next one: tarfile reads it in one piece.
LONGEST_EXTENSION = 1 << 20
EXTENSIONS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
# What the readers of the standard library throw at what is broken.
BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)


class Refused(Exception):
    pass


class GuardedInfo(tarfile.TarInfo):
    def _proc_member(self, archive):
        if self.type in EXTENSIONS and self.size > LONGEST_EXTENSION:
            raise Refused("a name or PAX header has %d bytes" % self.size)
        return super()._proc_member(archive)


class Members:
    """What was seen of the members of one archive."""

    def __init__(self, root, limit):
        self.root, self.limit = root, limit
        self.total = self.count = 0
        self.folders = {}

    def add(self, name, size, is_folder):
        shown = ascii(name)
        parts = [part for part in name.split("/") if part not in ("", ".")]
        path = "/".join(parts)
        if name.startswith("/") or ".." in parts:
            raise Refused("member leads out of the archive: %s" % shown)
        if any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in name):
            raise Refused("member has a control character in its name: %s" % shown)
        if any(len(os.fsencode(part)) > LONGEST_PART for part in parts):
            raise Refused("member has a name that is too long: %s" % shown[:80])
        if path in self.folders and not (is_folder and self.folders[path]):
            raise Refused("member is there twice: %s" % shown)
        self.folders[path] = is_folder
        self.count += 1
        if self.count > MOST_MEMBERS:
            raise Refused("it has more than %d members" % MOST_MEMBERS)
        self.total += size
        if size < 0 or self.total > self.limit:
            raise Refused("with %s it unpacks to more than %d bytes" % (shown, self.limit))
        self.inside(os.path.join(self.root, name), name)

    def inside(self, path, name):
        """Where links that are there already lead, too."""
        if os.path.commonpath([self.root, os.path.realpath(path)]) != self.root:
            raise Refused("member leads out of the archive: %s" % ascii(name))


def checked_members(archive, seen):
    """Members of a tar archive, one by one as they are unpacked: an earlier link must not lead a later file astray."""
    for member in archive:
        seen.add(member.name, member.size, member.isdir())
        path = os.path.join(seen.root, member.name)
        if member.issym():
            if member.linkname.startswith("/"):
                raise Refused("link leads out of the archive: %s" % ascii(member.name))
            seen.inside(os.path.join(os.path.dirname(path), member.linkname), member.name)
        elif member.islnk():
            seen.inside(os.path.join(seen.root, member.linkname), member.name)
        elif not (member.isfile() or member.isdir()):
            raise Refused("member is neither file nor folder nor link: %s" % ascii(member.name))
        # Whoever packed it may be another user here, and no source needs special bits.
        member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
        member.mode = 0o755 if member.isdir() or member.mode & 0o111 else 0o644
        # PAX takes any number, and file systems do not.
        member.mtime = int(min(max(member.mtime, 0), 0xFFFFFFFF))
        yield member


def unpack_tar(archive, root, limit):
    """Gives the newest time of the members."""
    try:
        with tarfile.open(archive, tarinfo=GuardedInfo) as members:
            # Newer Pythons want to know that the members are checked.
            members.extraction_filter = lambda member, path: member
            seen = Members(root, limit)
            members.extractall(root, members=checked_members(members, seen))
            # A link to a link that came later may lead elsewhere now.
            for member in members.getmembers():
                seen.inside(os.path.join(root, member.name), member.name)
            return max((int(member.mtime) for member in members.getmembers()), default=0)
    except BROKEN as error:
        raise Refused("not a readable tar archive: %s" % error)


def unpack_zip(archive, root, limit):
    try:
        with zipfile.ZipFile(archive) as members:
            seen = Members(root, limit)
            for member in members.infolist():
                seen.add(member.orig_filename, member.file_size, member.is_dir())
                if member.flag_bits & 1:
                    raise Refused("member is encrypted: %s" % ascii(member.filename))
                mode = member.external_attr >> 16 if member.create_system == 3 else 0
                if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                    raise Refused("member is neither file nor folder: %s" % ascii(member.filename))
            for member in members.infolist():
                path = members.extract(member, root)
                if member.external_attr >> 16 & 0o111 and not member.is_dir():
                    os.chmod(path, 0o755)
    except BROKEN as error:
        raise Refused("not a readable zip archive: %s" % error)
