// Package tools pins the programs that `make` runs, in a module of its own that bumpboat does not depend on, and checks
// with one of them what deploy/kustomize renders to.
package tools
