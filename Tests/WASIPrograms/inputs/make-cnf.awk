# A random 3-SAT formula near the threshold, the same each time: variables n, clauses m.
BEGIN {
  n = 130; m = 553; seed = 42
  print "p cnf", n, m
  for (i = 0; i < m; i++) {
    line = ""
    for (j = 0; j < 3; j++) {
      seed = (seed * 1103515245 + 12345) % 2147483648
      variable = int(seed / 65536) % n + 1
      seed = (seed * 1103515245 + 12345) % 2147483648
      line = line (int(seed / 65536) % 2 ? variable : -variable) " "
    }
    print line "0"
  }
}
