"""What CPython's os module can do with a directory: names, links, times, sizes, errors."""
import errno, os, shutil, stat, sys, tempfile

os.chdir("/")
os.makedirs("tree/a/b", exist_ok=True)
for i in range(300):
    with open("tree/a/file%03d" % i, "w") as out:
        out.write("x" * i)
print(sorted(os.listdir("/")))
print(len(os.listdir("tree/a")), sum(e.stat().st_size for e in os.scandir("tree/a") if e.is_file()))
print([(root, sorted(dirs), len(files)) for root, dirs, files in os.walk("tree")])

os.rename("tree/a/file001", "tree/moved")
os.replace("tree/a/file002", "tree/moved")
os.symlink("moved", "tree/link")
os.link("tree/moved", "tree/hard")
print(os.readlink("tree/link"), os.stat("tree/link").st_size, stat.S_ISLNK(os.lstat("tree/link").st_mode), os.stat("tree/hard").st_nlink)
os.utime("tree/moved", ns=(1_000_000_001, 2_000_000_002))
status = os.stat("tree/moved")
print(status.st_atime_ns, status.st_mtime_ns, status.st_size)
os.truncate("tree/moved", 100_000)
print(os.path.getsize("tree/hard"))

fd = os.open("tree/positions", os.O_RDWR | os.O_CREAT | os.O_EXCL)
print(os.write(fd, b"0123456789"), os.lseek(fd, 3, os.SEEK_SET), os.read(fd, 3), os.lseek(fd, 0, os.SEEK_CUR))
print(os.pwrite(fd, b"AB", 8), os.pread(fd, 4, 6), os.lseek(fd, 0, os.SEEK_END))
os.ftruncate(fd, 4)
os.fsync(fd)
print(os.fstat(fd).st_size)
os.close(fd)
with open("tree/appended", "a") as out:
    out.write("one ")
with open("tree/appended", "a") as out:
    out.write("two")
print(open("tree/appended").read())


def fails(what, *arguments):
    try:
        what(*arguments)
        print(what.__name__, arguments, "no error")
    except OSError as error:
        print(what.__name__, arguments, errno.errorcode.get(error.errno, error.errno))


fails(os.open, "tree/positions", os.O_CREAT | os.O_EXCL | os.O_RDWR)
fails(os.open, "tree/absent", os.O_RDONLY)
fails(os.open, "tree", os.O_RDWR)
fails(os.open, "tree/positions/x", os.O_RDONLY)
fails(os.mkdir, "tree/a")
fails(os.mkdir, "absent/x")
fails(os.rmdir, "tree/a")
fails(os.rmdir, "tree/moved")
fails(os.unlink, "tree/absent")
fails(os.unlink, "tree/a/b/")
fails(os.rename, "tree/absent", "tree/x")
fails(os.rename, "tree/moved", "tree/a")
fails(os.rename, "tree/a", "tree/moved")
fails(os.link, "tree/absent", "tree/x")
fails(os.link, "tree/moved", "tree/hard")
fails(os.symlink, "x", "tree/link")
fails(os.readlink, "tree/moved")
fails(os.listdir, "tree/moved")
fails(os.close, 99)
fails(os.read, 99, 1)
fails(os.lseek, 99, 0, 0)
os.symlink("self", "tree/self")
fails(os.open, "tree/self", os.O_RDONLY)
fails(os.open, "tree/" + "n" * 300, os.O_RDONLY)
os.symlink("../../../etc", "tree/out")
print(os.path.exists("tree/out/passwd"), os.path.exists("/../etc/passwd"))

shutil.copytree("tree/a", "tree/copy")
shutil.rmtree("tree/a")
with tempfile.TemporaryFile(dir="/tree") as temporary:
    temporary.write(b"gone")
print(sorted(os.listdir("tree")))
print(os.environ.get("SET"), "HOME" in os.environ, sys.argv[1:], os.isatty(0), os.isatty(1))
print(sys.stdin.read().upper())
