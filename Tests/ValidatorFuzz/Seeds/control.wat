;; Jump tables, nested loops, early exits, select, traps.
(module
  (memory 1 1)
  (func (export "switch") (param i32) (result i32)
    (block $d (block $c (block $b (block $a
      (br_table $a $b $c $a $c $b $b $a $d (local.get 0)))
      (return (i32.const 10)))
      (return (i32.load (local.get 0))))
      (return (i32.const 30)))
    (i32.const 40))
  (func (export "machine") (param $pc i32) (param $n i32) (result i32) (local $acc i32)
    (loop $next
      (if (i32.eqz (local.get $n)) (then (return (local.get $acc))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (block $e (block $d (block $c (block $b (block $a
        (br_table $a $b $c $d $e (i32.and (i32.load8_u (local.get $pc)) (i32.const 7))))
        (local.set $acc (i32.add (local.get $acc) (i32.const 1))) (br $next))
        (local.set $acc (i32.xor (local.get $acc) (local.get $pc))) (br $next))
        (local.set $pc (i32.and (i32.add (local.get $pc) (local.get $acc)) (i32.const 65535))) (br $next))
        (i32.store8 (local.get $pc) (local.get $acc)) (br $next))
      (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
      (br $next))
    unreachable)
  (func (export "nest") (param $a i32) (param $b i32) (result i32) (local $i i32) (local $j i32) (local $s i32)
    (loop $outer
      (local.set $j (i32.const 0))
      (loop $inner
        (local.set $s (i32.add (local.get $s) (select (local.get $i) (local.get $j) (i32.gt_u (local.get $i) (local.get $a)))))
        (br_if $inner (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 5))))
      (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.and (local.get $b) (i32.const 31)))))
    (local.get $s))
  (func (export "trap") (param i32) (result i32)
    (if (local.get 0) (then unreachable))
    (i32.const 7)))
