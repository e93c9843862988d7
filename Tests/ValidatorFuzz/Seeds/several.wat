;; Several memories: an own one, a further one, an imported one.
(module
  (import "h" "m" (memory $imported 1 2))
  (memory $own 1 1)
  (memory $other 1 4)
  (func (export "copy") (param i32 i32)
    (i32.store $own (local.get 0) (i32.load $imported offset=4 (local.get 1)))
    (i64.store $other offset=8 (local.get 1) (i64.load $own (local.get 0)))
    (memory.copy $other $imported (local.get 0) (local.get 1) (i32.const 8)))
  (func (export "pick") (param i32) (result i32)
    (i32.add (i32.load8_u $other (local.get 0)) (i32.add (memory.size $imported) (memory.grow $other (local.get 0))))))
