package p
import data.x as y
p[x] { x = 1; not y.z[x] with input.a as 1 }
q = 1 { any([true]) } else = 2 { p }
f([a, {"b": c}], 1) = c { a == null }
