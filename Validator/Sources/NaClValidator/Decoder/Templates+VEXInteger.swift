extension TemplateTable {
  /// BMI1 and BMI2. Format: see `TemplateTable`.
  static let vexIntegerRows = """
    v.np 38 f2 y andn Gy.wz By.r Ey.r
    v.np 38 f3/1 y blsr By.wz Ey.r
    v.np 38 f3/2 y blsmsk By.wz Ey.r
    v.np 38 f3/3 y blsi By.wz Ey.r
    v.np 38 f5 y bzhi Gy.wz Ey.r By.r
    v.f3 38 f5 y pext Gy.wz By.r Ey.r
    v.f2 38 f5 y pdep Gy.wz By.r Ey.r
    v.f2 38 f6 y mulx Gy.wz By.wz Ey.r (dy.r)
    v.np 38 f7 y bextr Gy.wz Ey.r By.r
    v.66 38 f7 y shlx Gy.wz Ey.r By.r
    v.f3 38 f7 y sarx Gy.wz Ey.r By.r
    v.f2 38 f7 y shrx Gy.wz Ey.r By.r
    v.f2 3a f0 y rorx Gy.wz Ey.r Ib
    """
}
