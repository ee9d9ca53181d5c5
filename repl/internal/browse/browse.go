// Package browse lets tests look at pages in a browser, if one is installed.
package browse

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// names are the browsers that can be driven.
var names = []string{"chromium", "chromium-browser", "google-chrome", "headless-shell", "chrome"}

// Look opens a page and returns what a JavaScript expression says of it. The test is
// skipped if there is no browser.
func Look[T any](t *testing.T, page []byte, expression string) T {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(time.Minute), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	ctx, shut := chromedp.NewContext(ctx)
	defer func() { _ = chromedp.Cancel(ctx); shut() }()
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+file)); err != nil {
		t.Fatal(err)
	}
	seen, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func browser(t *testing.T) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no browser is installed: looked for " + strings.Join(names, ", "))
	return ""
}
