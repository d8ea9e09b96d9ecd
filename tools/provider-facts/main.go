// Prints what the google provider's own schema says of resource types, as JSON: arguments with their types, what is required,
// what the provider computes, what replaces the resource when it changes. `terraform providers schema` tells all but the last.
//
// It is built inside a checkout of https://github.com/hashicorp/terraform-provider-google (it imports the provider's packages):
// tools/generate-provider-facts.mjs puts it there, runs it for every major version and writes lib/google/facts.
//
//	go run ./provider-facts google_storage_bucket data.google_project
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"sort"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	framework "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-provider-google/google/fwprovider"
	"github.com/hashicorp/terraform-provider-google/google/provider"
)

type argument struct {
	Type string `json:"type"`
	Of   string `json:"of,omitempty"`
	// A pointer: a block may have no arguments.
	Arguments     *map[string]*argument `json:"arguments,omitempty"`
	Block         bool                  `json:"block,omitempty"`
	Max           int                   `json:"max,omitempty"`
	Min           int                   `json:"min,omitempty"`
	Required      bool                  `json:"required,omitempty"`
	Computed      bool                  `json:"computed,omitempty"`
	ReadOnly      bool                  `json:"readOnly,omitempty"`
	ForceNew      bool                  `json:"forceNew,omitempty"`
	Default       any                   `json:"default,omitempty"`
	ConflictsWith []string              `json:"conflictsWith,omitempty"`
	ExactlyOneOf  []string              `json:"exactlyOneOf,omitempty"`
	AtLeastOneOf  []string              `json:"atLeastOneOf,omitempty"`
	RequiredWith  []string              `json:"requiredWith,omitempty"`
}

var types = map[schema.ValueType]string{
	schema.TypeString: "string", schema.TypeInt: "number", schema.TypeFloat: "number", schema.TypeBool: "bool",
	schema.TypeList: "list", schema.TypeSet: "set", schema.TypeMap: "map",
}

func main() {
	p := provider.Provider()
	found := map[string]map[string]*argument{}
	others := frameworkResources(p)
	for _, name := range os.Args[1:] {
		of, table := strings.TrimPrefix(name, "data."), p.ResourcesMap
		if of != name {
			table = p.DataSourcesMap
		}
		if r, ok := table[of]; ok {
			found[name] = arguments(r.SchemaMap())
		} else if r, ok := others[of]; ok && of == name {
			found[name] = attributes(r)
		}
	}
	out := map[string]any{"types": found, "resourceTypes": resourceTypes(p)}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}

func arguments(fields map[string]*schema.Schema) map[string]*argument {
	out := map[string]*argument{}
	for name, field := range fields {
		out[name] = describe(field)
	}
	return out
}

func describe(s *schema.Schema) *argument {
	readOnly := s.Computed && !s.Optional && !s.Required
	a := &argument{Type: types[s.Type], ReadOnly: readOnly}
	if e, ok := s.Elem.(*schema.Schema); ok {
		a.Of = types[e.Type]
	}
	if s.Type == schema.TypeMap && a.Of == "" {
		a.Of = "string"
	}
	if readOnly {
		return a
	}
	// As in the SDK's coreConfigSchema: a nested resource is a block, unless it is said to be an attribute.
	if e, ok := s.Elem.(*schema.Resource); ok && s.Type != schema.TypeMap {
		nested := arguments(e.SchemaMap())
		a.Arguments = &nested
		a.Block = s.ConfigMode != schema.SchemaConfigModeAttr
	}
	// A required argument with a default from the environment may be left out.
	fallback, err := s.DefaultValue()
	a.Required = s.Required && (err == nil && fallback == nil)
	a.Default = fallback
	a.Computed, a.ForceNew, a.Max, a.Min = s.Computed, s.ForceNew, s.MaxItems, s.MinItems
	a.ConflictsWith, a.ExactlyOneOf = paths(s.ConflictsWith), paths(s.ExactlyOneOf)
	a.AtLeastOneOf, a.RequiredWith = paths(s.AtLeastOneOf), paths(s.RequiredWith)
	return a
}

func paths(of []string) []string {
	sorted := append([]string{}, of...)
	sort.Strings(sorted)
	return sorted
}

// Arguments of a resource of the plugin framework, which has attributes and modifiers of plans in their place.
func attributes(r resource.Resource) map[string]*argument {
	response := &resource.SchemaResponse{}
	r.Schema(context.Background(), resource.SchemaRequest{}, response)
	out := map[string]*argument{}
	for name, field := range response.Schema.Attributes {
		if name != "id" {
			out[name] = describeAttribute(name, field)
		}
	}
	return out
}

func describeAttribute(name string, field framework.Attribute) *argument {
	a := &argument{ReadOnly: field.IsComputed() && !field.IsOptional()}
	switch of := field.(type) {
	case framework.StringAttribute:
		a.Type, a.ForceNew = "string", replaces(of.PlanModifiers)
	case framework.MapAttribute:
		a.Type, a.Of, a.ForceNew = "map", "string", replaces(of.PlanModifiers)
	case framework.SetAttribute:
		a.Type, a.Of, a.ForceNew = "set", "string", replaces(of.PlanModifiers)
	default:
		log.Fatalf("%s: describe attributes of type %T first", name, field)
	}
	a.Required, a.Computed = field.IsRequired(), field.IsComputed() && !a.ReadOnly
	return a
}

// A modifier tells what it does in words only.
func replaces[M interface{ Description(context.Context) string }](modifiers []M) bool {
	for _, modifier := range modifiers {
		if strings.Contains(modifier.Description(context.Background()), "destroy and recreate") {
			return true
		}
	}
	return false
}

func frameworkResources(p *schema.Provider) map[string]resource.Resource {
	out := map[string]resource.Resource{}
	for _, create := range fwprovider.New(p).Resources(context.Background()) {
		response, r := &resource.MetadataResponse{}, create()
		r.Metadata(context.Background(), resource.MetadataRequest{ProviderTypeName: "google"}, response)
		out[response.TypeName] = r
	}
	return out
}

// The names of all resource types: those of the SDK and those of the plugin framework.
func resourceTypes(p *schema.Provider) []string {
	names := []string{}
	for name := range p.ResourcesMap {
		names = append(names, name)
	}
	for name := range frameworkResources(p) {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
