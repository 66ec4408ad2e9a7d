// Command distribution is the reference registry with its storage in memory, for tests. It prints the address that it
// listens on, and ends when its standard input does, so that it cannot outlive the test that started it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd" // the auth scheme of -htpasswd
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory" // the storage driver
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address to listen on; loopback only")
	htpasswd := flag.String("htpasswd", "", "file with users and bcrypt hashes; none means that everybody may do everything")
	flag.Parse()
	if err := serve(context.Background(), *address, *htpasswd); err != nil {
		fmt.Fprintln(os.Stderr, "distribution:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, address, htpasswd string) error {
	listener, err := listenLoopback(ctx, address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handlers.NewApp(ctx, settings(htpasswd)), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	fmt.Printf("listening on %s\n", listener.Addr())
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// listenLoopback refuses every other interface: a registry without a password has no business there.
func listenLoopback(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("listening on %s: not a loopback address", address)
	}
	return new(net.ListenConfig).Listen(ctx, "tcp", address)
}

func settings(htpasswd string) *configuration.Configuration {
	c := &configuration.Configuration{
		Storage: configuration.Storage{
			"inmemory": configuration.Parameters{},
			"delete":   configuration.Parameters{"enabled": true},
		},
	}
	c.Log.Level = "info"
	c.HTTP.Secret = "not-a-secret-in-a-test"
	c.Catalog.MaxEntries = 1000
	if htpasswd != "" {
		c.Auth = configuration.Auth{"htpasswd": configuration.Parameters{"realm": "test", "path": htpasswd}}
	}
	return c
}
