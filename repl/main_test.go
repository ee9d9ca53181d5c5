package repl

import (
	"context"
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// rewrite accepts what the transcripts show now: go test ./repl -run Transcripts -rewrite
var rewrite = flag.Bool("rewrite", false, "accept the output of the transcripts in testdata")

// TestMain is also the program that the terminal tests run on a pseudo-terminal.
func TestMain(m *testing.M) {
	if os.Getenv("KV_REPL_SHELL") != "" {
		os.Exit(Run(context.Background(), shellConfig()))
	}
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("os/signal.loop"))
}
