package a

x.y.z := 1
x.y[k] := v if some k, v in {"a": 2, "z": 1}
s[k] contains v if some k, v in {"a": 2, "z": 1}
t := data.a.x.y.a with data.a.x as {"y": {"a": 7}}
default g(_) := 5
g(1) := 6
u := [g(1), g(2), data.a[input]]
---
"q"