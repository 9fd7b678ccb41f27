// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

// Answers Rego queries by Open Policy Agent: a JSON object a line in, one a line out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

type question struct {
	Policy string         `json:"policy"`
	Query  string         `json:"query"`
	Data   map[string]any `json:"data"`
	Input  any            `json:"input"`
	V0     bool           `json:"v0"`
	Repeat int            `json:"repeat"`
}

type answer struct {
	Refused string  `json:"refused,omitempty"`
	Error   string  `json:"error,omitempty"`
	Value   any     `json:"value,omitempty"`
	Defined bool    `json:"defined"`
	Micros  float64 `json:"micros,omitempty"`
}

func ask(one question) answer {
	version := ast.RegoV1
	if one.V0 {
		version = ast.RegoV0
	}
	options := []func(*rego.Rego){
		rego.Query(one.Query), rego.SetRegoVersion(version), rego.Store(inmem.NewFromObject(one.Data)),
	}
	if one.Policy != "" {
		options = append(options, rego.Module("p.rego", one.Policy))
	}
	prepared, err := rego.New(options...).PrepareForEval(context.Background())
	if err != nil {
		return answer{Refused: err.Error()}
	}
	input, err := ast.InterfaceToValue(one.Input)
	if err != nil {
		return answer{Error: err.Error()}
	}
	evaluate := func() (rego.ResultSet, error) {
		return prepared.Eval(context.Background(), rego.EvalParsedInput(input))
	}
	results, err := evaluate()
	if err != nil {
		return answer{Error: strings.Split(err.Error(), "\n")[0]}
	}
	made := answer{}
	if len(results) > 0 {
		made.Value, made.Defined = results[0].Expressions[0].Value, true
	}
	if one.Repeat > 0 {
		start := time.Now()
		for i := 0; i < one.Repeat; i++ {
			_, _ = evaluate()
		}
		made.Micros = float64(time.Since(start).Microseconds()) / float64(one.Repeat)
	}
	return made
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			var one question
			decoder := json.NewDecoder(strings.NewReader(string(line)))
			decoder.UseNumber()
			if failed := decoder.Decode(&one); failed != nil {
				panic(failed)
			}
			_ = out.Encode(ask(one))
		}
		if err != nil {
			return
		}
	}
}
