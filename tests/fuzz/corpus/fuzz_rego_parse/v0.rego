package p
import data.x as y
import future.keywords
p[x] { x = 1; not y.z[x] with input.a as 1 }
q = {"a": `raw`, "b": "\u00e9"} { true } else = [1e3, -2.5] { 1 < 2 }
f([a, {"b": c}], 1) = c { a == null }
default r = set()
import.foo := 1
