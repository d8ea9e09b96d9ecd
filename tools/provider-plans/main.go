// Plans updates of resources with the google provider itself, and prints which arguments make it replace them. Nothing is asked of
// any service. It reads `[{"type", "before", "after"}]` from standard input, blocks in lists, and answers with
// `[{"replaced": ["location"], "error": ""}]`. tools/generate-provider-plans.mjs puts it into a checkout of the provider and runs it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/go-cty/cty"
	ctyjson "github.com/hashicorp/go-cty/cty/json"
	"github.com/hashicorp/go-cty/cty/msgpack"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-provider-google/google/provider"
	transport "github.com/hashicorp/terraform-provider-google/google/transport"
)

type update struct {
	Type   string          `json:"type"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

type plan struct {
	Replaced []string `json:"replaced"`
	Error    string   `json:"error,omitempty"`
}

func main() {
	log.SetOutput(os.Stderr)
	p := provider.Provider()
	p.SetMeta(&transport.Config{Project: "acme-ml", Region: "europe-west4"})
	var updates []update
	if err := json.NewDecoder(os.Stdin).Decode(&updates); err != nil {
		panic(err)
	}
	plans := make([]plan, len(updates))
	for i, u := range updates {
		plans[i] = planOf(p, u)
	}
	if err := json.NewEncoder(os.Stdout).Encode(plans); err != nil {
		panic(err)
	}
}

func planOf(p *schema.Provider, u update) (result plan) {
	defer func() {
		if failure := recover(); failure != nil {
			result = plan{Error: fmt.Sprint(failure)}
		}
	}()
	r := p.ResourcesMap[u.Type]
	before, after := config(r, u.Before), config(r, u.After)
	created := planned(p, r, u.Type, cty.NullVal(before.Type()), before, before)
	state := settled(decoded(created.PlannedState.MsgPack, before.Type()))
	proposed := settledFrom(r.CoreConfigSchema().ImpliedType(), r.SchemaMap(), state, after)
	response := planned(p, r, u.Type, state, after, proposed)
	replaced := []string{}
	for _, path := range response.RequiresReplace {
		replaced = append(replaced, argument(path))
	}
	return plan{Replaced: replaced}
}

func config(r *schema.Resource, text json.RawMessage) cty.Value {
	loose, err := ctyjson.ImpliedType(text)
	check(err)
	value, err := ctyjson.Unmarshal(text, loose)
	check(err)
	value, err = r.CoreConfigSchema().CoerceValue(value)
	check(err)
	return value
}

func planned(p *schema.Provider, r *schema.Resource, name string, prior, config, proposed cty.Value) *tfprotov5.PlanResourceChangeResponse {
	private, _ := json.Marshal(map[string]string{"schema_version": fmt.Sprint(r.SchemaVersion)})
	response, err := p.GRPCProvider().PlanResourceChange(context.Background(), &tfprotov5.PlanResourceChangeRequest{
		TypeName: name, PriorState: encoded(prior), Config: encoded(config), ProposedNewState: encoded(proposed), PriorPrivate: private,
	})
	check(err)
	for _, diagnostic := range response.Diagnostics {
		if diagnostic.Severity == tfprotov5.DiagnosticSeverityError {
			panic(diagnostic.Summary)
		}
	}
	return response
}

// The argument of the resource that a path leads into.
func argument(path *tftypes.AttributePath) string {
	name, _ := path.Steps()[0].(tftypes.AttributeName)
	return string(name)
}

// What is computed when the resource is made.
func settled(value cty.Value) cty.Value {
	out, err := cty.Transform(value, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		switch t := v.Type(); {
		case t == cty.String:
			return cty.StringVal("computed"), nil
		case t == cty.Number:
			return cty.NumberIntVal(7), nil
		case t == cty.Bool:
			return cty.False, nil
		case t.IsListType():
			return cty.ListValEmpty(t.ElementType()), nil
		case t.IsSetType():
			return cty.SetValEmpty(t.ElementType()), nil
		case t.IsMapType():
			return cty.MapValEmpty(t.ElementType()), nil
		default:
			return cty.NullVal(t), nil
		}
	})
	check(err)
	return out
}

// The new configuration with what is computed filled in from the state, as Terraform proposes it.
func settledFrom(_ cty.Type, fields map[string]*schema.Schema, prior, config cty.Value) cty.Value {
	values := config.AsValueMap()
	for name, value := range values {
		field, ok := fields[name]
		if !ok {
			if value.IsNull() {
				values[name] = prior.GetAttr(name) // id
			}
			continue
		}
		old := prior.GetAttr(name)
		nested, isBlock := field.Elem.(*schema.Resource)
		switch {
		case field.Computed && (value.IsNull() || isEmptyBlock(isBlock, value)):
			values[name] = old
		case isBlock && field.Type == schema.TypeList && !value.IsNull() && !old.IsNull():
			values[name] = blocks(nested, old, value)
		}
	}
	return cty.ObjectVal(values)
}

func isEmptyBlock(isBlock bool, value cty.Value) bool {
	return isBlock && value.LengthInt() == 0
}

func blocks(nested *schema.Resource, old, value cty.Value) cty.Value {
	if value.LengthInt() == 0 {
		return value
	}
	before, after := old.AsValueSlice(), value.AsValueSlice()
	for i := range after {
		if i < len(before) {
			after[i] = settledFrom(after[i].Type(), nested.SchemaMap(), before[i], after[i])
		}
	}
	return cty.ListVal(after)
}

func encoded(value cty.Value) *tfprotov5.DynamicValue {
	bytes, err := msgpack.Marshal(value, value.Type())
	check(err)
	return &tfprotov5.DynamicValue{MsgPack: bytes}
}

func decoded(bytes []byte, t cty.Type) cty.Value {
	value, err := msgpack.Unmarshal(bytes, t)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
