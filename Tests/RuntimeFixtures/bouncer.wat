;; Two instances of it tail-call each other through a table, with more arguments than registers.
(module
  (type $bounce (func (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (import "other" "table" (table $table 1 4 funcref))
  (elem declare func $bounce)
  (func $bounce (export "bounce") (type $bounce)
    (if (i64.eqz (local.get 0)) (then (return (i64.add (local.get 6) (local.get 7)))))
    (return_call_indirect $table (type $bounce)
      (i64.sub (local.get 0) (i64.const 1)) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)
      (i64.add (local.get 7) (i64.const 1)) (local.get 6)
      (i32.wrap_i64 (i64.and (local.get 0) (i64.const 1)))))
  (func (export "enter") (param i32) (table.set $table (local.get 0) (ref.func $bounce))))
