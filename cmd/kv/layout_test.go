package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says what each package may import of the project and of the libraries
// that shape it. Every package is listed; a new one needs a row, and a thought.
var allowed = map[string][]string{
	"kv/proto/kv/v1":          {grpcLib},
	"kv/proto/kverr":          {"kv/proto/kv/v1", grpcLib},
	"kv/proto/wire":           {"kv/proto/kv/v1", grpcLib},
	"kv/node/fsm":             {"kv/node/planted", "kv/proto/kv/v1", "kv/proto/wire", raftLib, "github.com/tidwall/btree"},
	"kv/node/guard":           {},
	"kv/node/planted":         {},
	"kv/node/logstore":        {"kv/node/guard", "kv/node/planted", raftLib, "github.com/gofrs/flock"},
	"kv/node/snapstore":       {"kv/node/guard", raftLib},
	"kv/node/patience":        {},
	"kv/node/transport":       {"kv/proto/kv/v1", "kv/proto/kverr", "kv/proto/wire", "kv/node/patience", raftLib, grpcLib},
	"kv/node/rpc":             {"kv/proto/kv/v1", "kv/proto/kverr", "kv/proto/wire", grpcLib},
	"kv/client":               {"kv/proto/kv/v1", "kv/proto/kverr", "kv/proto/wire", grpcLib, backoffLib},
	"kv/client/lossy":         {grpcLib},
	"kv/client/backup":        {"kv/client", "kv/proto/kverr"},
	"kv/client/linear":        {"kv/client", "kv/proto/kverr", "github.com/anishathalye/porcupine"},
	"kv/node":                 {"kv/proto/kv/v1", "kv/proto/kverr", "kv/node/fsm", "kv/node/guard", "kv/node/logstore", "kv/node/patience", "kv/node/planted", "kv/node/transport", "kv/node/rpc", "kv/node/snapstore", raftLib, grpcLib, backoffLib, "github.com/hashicorp/go-hclog"},
	"kv/node/playground":      {"kv/node", "kv/node/logstore", "kv/node/playground/drive", "kv/node/playground/freezer", "kv/node/playground/wires", "kv/proto/kverr", grpcLib},
	"kv/repl/syntax":          {},
	"kv/repl/out":             {"kv/repl/syntax", "github.com/fatih/color", "github.com/mattn/go-runewidth"},
	"kv/repl/term":            {"github.com/chzyer/readline", "github.com/gofrs/flock", "github.com/mattn/go-runewidth"},
	"kv/repl/failure":         {"kv/proto/kverr", "kv/repl/syntax"},
	"kv/repl/quorum":          {},
	"kv/repl/sink":            {"github.com/mattn/go-runewidth"},
	"kv/repl/shell":           {"kv/client", "kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/quorum", "kv/repl/sink"},
	"kv/repl/data":            {"kv/client", "kv/proto/kverr", "kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/shell"},
	"kv/repl/backup":          {"kv/client", "kv/client/backup", "kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/shell"},
	"kv/repl/txn":             {"kv/client", "kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/shell"},
	"kv/repl/cluster":         {"kv/client", "kv/proto/kverr", "kv/repl/out", "kv/repl/failure", "kv/repl/quorum", "kv/repl/shell"},
	"kv/repl/inspect":         {"kv/client", "kv/proto/kverr", "kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/shell"},
	"kv/repl/lab":             {"kv/client", "kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/quorum", "kv/repl/shell"},
	"kv/repl/lab/faults":      {"kv/client", "kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/quorum", "kv/repl/shell"},
	"kv/repl/lab/disk":        {"kv/client", "kv/repl/syntax", "kv/repl/failure", "kv/repl/shell", "kv/repl/out"},
	"kv/repl/lab/prove":       {"kv/client", "kv/client/linear", "kv/client/lossy", "kv/repl/out", "kv/repl/failure", "kv/repl/shell", "github.com/HdrHistogram/hdrhistogram-go"},
	"kv/repl/expect":          {"kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/shell"},
	"kv/repl/lab/learn":       {"kv/client", "kv/repl/expect", "kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/shell"},
	"kv/repl/builtin":         {"kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/shell", "kv/repl/expect"},
	"kv/repl/see":             {"kv/client", "kv/proto/kverr", "kv/repl/syntax", "kv/repl/out", "kv/repl/failure", "kv/repl/shell", "github.com/fatih/color", "github.com/mattn/go-runewidth"},
	"kv/repl/internal/browse": {"github.com/chromedp/chromedp"},
	"kv/repl/internal/fake":   {"kv/client", "kv/client/backup", "kv/proto/kverr", "kv/repl/out", "kv/repl/shell", "kv/repl/data", "kv/repl/lab/faults"},
	"kv/repl": {"kv/client", "kv/client/backup", "kv/client/linear", "kv/client/lossy", "kv/repl/lab/prove", "kv/repl/syntax", "kv/repl/term", "kv/repl/out", "kv/repl/failure", "kv/repl/shell",
		"kv/repl/data", "kv/repl/backup", "kv/repl/txn", "kv/repl/cluster", "kv/repl/inspect", "kv/repl/lab", "kv/repl/lab/faults", "kv/repl/lab/disk", "kv/repl/see", "kv/repl/builtin", "kv/repl/lab/learn"},
	"kv/cmd/kv/bench":    {"kv/client", "kv/proto/kverr", "github.com/HdrHistogram/hdrhistogram-go"},
	"kv/cmd/kv/contexts": {"kv/client", "github.com/gofrs/flock"},
	"kv/cmd/kv":          {"kv/client", "kv/cmd/kv/bench", "kv/cmd/kv/contexts", "kv/node", "kv/node/playground", "kv/node/playground/wires", "kv/repl", "kv/repl/lab/faults", "kv/repl/failure", "kv/repl/out", "kv/repl/shell"},

	"kv/node/playground/wires":   {"kv/proto/kv/v1", "kv/node/patience", grpcLib},
	"kv/node/playground/drive":   {"kv/node/guard"},
	"kv/node/playground/freezer": {},

	"kv/examples/internal/demo":   {"kv/node/playground"},
	"kv/examples/config-watch":    {"kv/client", "kv/examples/internal/demo"},
	"kv/examples/counter":         {"kv/client", "kv/examples/internal/demo"},
	"kv/examples/leader-election": {"kv/client", "kv/examples/internal/demo"},
	"kv/examples/lock":            {"kv/client", "kv/examples/internal/demo"},
	"kv/examples/queue":           {"kv/client", "kv/examples/internal/demo"},
	"kv/examples/quickstart":      {"kv/client", "kv/examples/internal/demo"},
}

const (
	raftLib    = "github.com/hashicorp/raft"
	grpcLib    = "google.golang.org/grpc"
	backoffLib = "github.com/cenkalti/backoff/v5"
)

// everywhere may be imported by all.
var everywhere = []string{"google.golang.org/protobuf", "golang.org/x"}

type goPackage struct {
	ImportPath, Doc string
	Imports         []string
	Standard        bool
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Doc,Imports", "kv/...").Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestLayout(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		may, listed := allowed[p.ImportPath]
		if !listed {
			t.Errorf("%s has no row in the layout table", p.ImportPath)
			continue
		}
		for _, path := range p.Imports {
			if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") && first != "kv" {
				continue // the standard library
			}
			if !within(path, may) && !within(path, everywhere) {
				t.Errorf("%s may not import %s", p.ImportPath, path)
			}
		}
	}
}

// within reports whether path is one of the packages or, outside the project,
// below one of them.
func within(path string, packages []string) bool {
	return slices.ContainsFunc(packages, func(p string) bool {
		return path == p || !strings.HasPrefix(p, "kv/") && strings.HasPrefix(path, p+"/")
	})
}

func TestEveryPackageHasADoc(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}
