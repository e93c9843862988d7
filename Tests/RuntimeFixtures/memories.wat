;; Two imported memories of either index type, and one of its own.
(module
  (import "host" "long" (memory $long i64 1 4))
  (import "host" "short" (memory $short 1))
  (memory $own i64 1 2)
  (func (export "store_long") (param i64 i32) (i32.store $long offset=8 (local.get 0) (local.get 1)))
  (func (export "load_long") (param i64) (result i32) (i32.load $long offset=8 (local.get 0)))
  (func (export "load_short") (param i32) (result i32) (i32.load $short (local.get 0)))
  (func (export "load_own") (param i64) (result i32) (i32.load $own (local.get 0)))
  (func (export "copy") (param i64 i32 i32) (memory.copy $long $short (local.get 0) (local.get 1) (local.get 2)))
  (func (export "grow_long") (param i64) (result i64) (memory.grow $long (local.get 0)))
  (func (export "grow_short") (param i32) (result i32) (memory.grow $short (local.get 0))))
