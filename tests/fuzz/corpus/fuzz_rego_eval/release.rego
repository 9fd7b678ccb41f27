package release

import rego.v1

default allow := false

allow if {
	input.submods.cpu0.status == "affirming"
	some name, ref in references
	name == input.name
	input.digest in ref.digests
	not revoked[input.digest]
}

references := {"a": {"digests": ["1", "2"]}, "b": {"digests": []}}

revoked contains x if some x in input.revoked

limits[name].max := n if some name, n in {"cpu": 4, "mem": 8 * 1024}

limits.disk.max := 1

f(x) := y if {
	x > 2
	y := x - 1
} else := x + 1

shown := $"{input.name} has {count(references)} {f(3)}"

sums := {k: s | some k, v in {"a": [1, 2], "b": []}; s := sum(v)}

mocked if allow with input.name as "a" with data.release.revoked as set()

every_one if every d in references.a.digests { startswith(d, "") }
---
{"name": "a", "digest": "1", "submods": {"cpu0": {"status": "affirming"}}, "revoked": ["2"]}
