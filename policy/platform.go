package policy

import (
	"regexp"
	"slices"
	"strings"
)

// platformForm is `os/architecture` with a variant or without.
var platformForm = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9_.]+)?$`)

// impliedVariants are the variants that an image without one has, as in containerd's normalisation of platforms
// (https://github.com/containerd/platforms).
var impliedVariants = map[string]string{"arm64": "v8", "arm": "v7", "amd64": "v1"}

// machines are what uname calls architectures, which images never do.
var machines = map[string]string{
	"x86_64": "amd64", "x64": "amd64", "aarch64": "arm64", "armv8": "arm64", "armv7": "arm/v7", "armv7l": "arm/v7", "armhf": "arm/v7",
	"armv6": "arm/v6", "i386": "386", "i686": "386", "x86": "386",
}

// hasPlatform says whether a platform is among those of an image. One that is wanted without a variant is any of them.
func hasPlatform(list []Platform, wanted string) bool {
	name, variant := cutVariant(wanted)
	return slices.ContainsFunc(list, func(p Platform) bool {
		has, its := cutVariant(p.Name)
		if its == "" {
			its = impliedVariants[has[strings.IndexByte(has, '/')+1:]]
		}
		return has == name && (variant == "" || its == variant)
	})
}

// cutVariant cuts a platform into `os/architecture` and the variant.
func cutVariant(platform string) (name, variant string) {
	if i := strings.LastIndexByte(platform, '/'); i != strings.IndexByte(platform, '/') {
		return platform[:i], platform[i+1:]
	}
	return platform, ""
}

// sameContent says whether two images give every wanted platform the same; every platform that one of them has, when none is named.
// Images without platforms are never the same.
func sameContent(a, b []Platform, wanted []string) bool {
	digests := func(list []Platform) []string {
		var out []string
		for _, p := range list {
			if len(wanted) == 0 || slices.ContainsFunc(wanted, func(w string) bool { return hasPlatform([]Platform{p}, w) }) {
				out = append(out, p.Name+" "+p.Digest)
			}
		}
		slices.Sort(out)
		return out
	}
	x := digests(a)
	return len(x) > 0 && !slices.ContainsFunc(a, func(p Platform) bool { return p.Digest == "" }) && slices.Equal(x, digests(b))
}
