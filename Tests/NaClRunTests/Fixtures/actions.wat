;; What a program can do at a command line, an export each. `wasm-tools parse actions.wat -o actions.wasm` makes the module.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_shutdown" (func $shutdown (param i32 i32) (result i32)))

  (memory (export "memory") 2)
  (table (export "table") 10 funcref)
  (data (i32.const 16) "file")
  ;; An iovec at 0, results at 8; the buffer at 4096, of 4096 bytes unless the iovec says otherwise.
  (data (i32.const 0) "\00\10\00\00\00\10\00\00")

  ;; Writes for ever, and exits with the first errno.
  (func (export "writeForever") (local $errno i32)
    (loop $again
      (local.set $errno (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $again (i32.eqz (local.get $errno))))
    (call $exit (local.get $errno)))

  ;; Standard input to standard output until its end, or the first errno, which it exits with.
  (func (export "copy") (local $errno i32)
    (block $end
      (loop $again
        (i32.store (i32.const 4) (i32.const 4096))
        (local.set $errno (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
        (br_if $end (local.get $errno))
        (br_if $end (i32.eqz (i32.load (i32.const 4))))
        (local.set $errno (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br_if $end (local.get $errno))
        (br $again)))
    (call $exit (local.get $errno)))

  (func (export "spin") (loop (br 0)))

  ;; Recursion without end.
  (func $recurse (export "recurse") (param i32) (result i32)
    (i32.add (i32.const 1) (call $recurse (i32.add (local.get 0) (i32.const 1)))))

  ;; Waits an hour.
  (func (export "sleep") (result i32)
    (i64.store (i32.const 64) (i64.const 0))
    (i32.store8 (i32.const 72) (i32.const 0))
    (i32.store (i32.const 80) (i32.const 1))
    (i64.store (i32.const 88) (i64.const 3600000000000))
    (call $poll (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 8)))

  ;; Opens "file" in descriptor 3 until that fails: how often it did not.
  (func (export "openAll") (result i32) (local $count i32)
    (loop $again
      (if (i32.eqz (call $open
            (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 1) (i64.const 0x42) (i64.const 0) (i32.const 0)
            (i32.const 8)))
        (then
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (br $again))))
    (local.get $count))

  ;; Writes 4 KiB at each of two places of "file", one beyond 4 GiB: the end's offset.
  (func (export "writeLarge") (result i64) (local $fd i32)
    (if (call $open
          (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 1) (i64.const 0x46) (i64.const 0) (i32.const 0)
          (i32.const 8)) (then unreachable))
    (local.set $fd (i32.load (i32.const 8)))
    (i32.store (i32.const 4096) (i32.const 0x64636261))
    (if (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
    (if (call $seek (local.get $fd) (i64.const 0x140000000) (i32.const 0) (i32.const 24)) (then unreachable))
    (if (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
    (if (call $seek (local.get $fd) (i64.const 0) (i32.const 2) (i32.const 24)) (then unreachable))
    (i64.load (i32.const 24)))

  ;; Grows memory page by page until that fails: its size in pages then.
  (func (export "growMemory") (result i32)
    (loop $again (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (memory.size))

  (func (export "growTable") (result i32)
    (loop $again (br_if $again (i32.ne (table.grow (ref.null func) (i32.const 1)) (i32.const -1))))
    (table.size))

  ;; Accepts a connection on descriptor `listener`, sends back what comes until the other end is done: how much that was.
  (func (export "echo") (param $listener i32) (result i32) (local $fd i32) (local $total i32)
    (if (call $accept (local.get $listener) (i32.const 0) (i32.const 8)) (then unreachable))
    (local.set $fd (i32.load (i32.const 8)))
    (block $end
      (loop $again
        (i32.store (i32.const 4) (i32.const 4096))
        (if (call $recv (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 4) (i32.const 12)) (then unreachable))
        (br_if $end (i32.eqz (i32.load (i32.const 4))))
        (if (call $send (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 8)) (then unreachable))
        (local.set $total (i32.add (local.get $total) (i32.load (i32.const 4))))
        (br $again)))
    (if (call $shutdown (local.get $fd) (i32.const 3)) (then unreachable))
    (local.get $total))

  (func (export "swap") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
    (local.get 3) (local.get 2) (local.get 1) (local.get 0)))
