package a

p[x] := y if { y := x + 1; x = [1, 2, 3][_]; print(x, input.y) }

q contains [a, b] if walk(p, [a, b])

r := [v | v := p[_]; v > 2]
---
[1]