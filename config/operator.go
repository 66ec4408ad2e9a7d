package config

import (
	"path/filepath"

	"github.com/bumpboat/bumpboat/policy"
)

// Operator is the operator's own config.yaml: where to work, with which credentials, how often. Nothing in an
// environment repository overrides it.
type Operator struct {
	// APIVersion is the version of the file's format.
	APIVersion string `json:"apiVersion" yaml:"apiVersion" jsonschema:"required,enum=bumpboat.dev/v1,example=bumpboat.dev/v1"`
	// Repositories are the environment repositories to keep up to date.
	Repositories []Repository `json:"repositories,omitempty" yaml:"repositories,omitempty"`
	// Registries are the registries that need more than the Docker config of the machine says.
	Registries []Registry `json:"registries,omitempty" yaml:"registries,omitempty"`
	// Guards are limits that are cut into every policy of every repository and that none can loosen.
	Guards policy.Guards `json:"guards,omitzero" yaml:"guards,omitempty"`
	// Concurrency is the number of look-ups and repositories that are worked on at once; 8 unless given.
	Concurrency int `json:"concurrency,omitempty" yaml:"concurrency,omitempty" jsonschema:"minimum=1,maximum=256"`
	// Timeout is the longest that one operation with a registry, Git server or forge may take; 1m unless given.
	Timeout Duration `json:"timeout,omitempty" yaml:"timeout,omitempty"`
	// Schedule says when `bumpboat serve` works.
	Schedule Schedule `json:"schedule,omitzero" yaml:"schedule,omitempty"`
}

// Repository is one environment repository.
type Repository struct {
	// Name is how commands and logs call it; the last part of the url unless given.
	Name string `json:"name,omitempty" yaml:"name,omitempty"`
	// URL is where it is: https://, http://, file:// or the path of a local bare repository.
	URL string `json:"url" yaml:"url" jsonschema:"required,example=https://git.example.com/acme/environment.git"`
	// Branch is the branch that pull requests go to; the repository's default branch unless given.
	Branch string `json:"branch,omitempty" yaml:"branch,omitempty"`
	// Forge is where pull requests are opened.
	Forge Forge `json:"forge,omitzero" yaml:"forge,omitempty"`
	// Git is how the repository is read and pushed to.
	Git Git `json:"git,omitzero" yaml:"git,omitempty"`
	// Paths are globs for the files and directories of the repository that are looked at; all unless given.
	Paths []string `json:"paths,omitempty" yaml:"paths,omitempty" jsonschema:"minItems=1"`
	// Ignore are globs for the files and directories of the repository that are not looked at.
	Ignore []string `json:"ignore,omitempty" yaml:"ignore,omitempty" jsonschema:"minItems=1"`
	// MaxOpen is the most pull requests that are open at once; 10 unless given.
	MaxOpen int `json:"maxOpen,omitempty" yaml:"maxOpen,omitempty" jsonschema:"minimum=1,maximum=1000"`
}

// Forge is where pull requests are opened.
type Forge struct {
	// Kind is github, gitea or embedded (files in a directory); unless given, github for github.com and embedded for local repositories.
	Kind string `json:"kind,omitempty" yaml:"kind,omitempty" jsonschema:"enum=github,enum=gitea,enum=embedded"`
	// URL is the address of the forge; that of the repository unless given. It is empty for github.com.
	URL string `json:"url,omitempty" yaml:"url,omitempty"`
	// Repo is the owner and name on the forge, owner/name; taken from the repository's url unless given.
	Repo string `json:"repo,omitempty" yaml:"repo,omitempty"`
	// Token is the forge's token.
	Token Secret `json:"token,omitzero" yaml:"token,omitempty"`
	// Dir is where the embedded forge keeps its files; beside the bare repository unless given.
	Dir string `json:"dir,omitempty" yaml:"dir,omitempty"`
}

// Git is how a repository is read and pushed to.
type Git struct {
	// Username goes with the token; most servers take any.
	Username string `json:"username,omitempty" yaml:"username,omitempty"`
	// Token is the password; the forge's token unless given, if the forge is on the same host.
	Token Secret `json:"token,omitzero" yaml:"token,omitempty"`
	// CA is a file of PEM certificates to trust besides the system's.
	CA string `json:"ca,omitempty" yaml:"ca,omitempty"`
	// Insecure allows plain HTTP to this repository and its forge.
	Insecure bool `json:"insecure,omitempty" yaml:"insecure,omitempty"`
	// Author signs the commits.
	Author Author `json:"author,omitzero" yaml:"author,omitempty"`
}

// Author signs commits.
type Author struct {
	// Name is bumpboat unless given.
	Name string `json:"name,omitempty" yaml:"name,omitempty"`
	// Email is noreply@bumpboat.dev unless given.
	Email string `json:"email,omitempty" yaml:"email,omitempty"`
}

// Registry is how one registry is asked.
type Registry struct {
	// Host is its name as it stands in image references, with the port if there is one.
	Host string `json:"host" yaml:"host" jsonschema:"required,example=registry.example.com"`
	// Username and a password, or a token alone.
	Username string `json:"username,omitempty" yaml:"username,omitempty"`
	// Password goes with the username.
	Password Secret `json:"password,omitzero" yaml:"password,omitempty"`
	// Token is a registry token, used as it is.
	Token Secret `json:"token,omitzero" yaml:"token,omitempty"`
	// Insecure allows plain HTTP.
	Insecure bool `json:"insecure,omitempty" yaml:"insecure,omitempty"`
	// CA is a file of PEM certificates to trust besides the system's.
	CA string `json:"ca,omitempty" yaml:"ca,omitempty"`
	// TrustTimes believes the times that images of this registry carry, because only your own builds push there; minAge counts from them.
	TrustTimes bool `json:"trustTimes,omitempty" yaml:"trustTimes,omitempty"`
}

// Schedule says when `bumpboat serve` works.
type Schedule struct {
	// Cron is five fields (minute, hour, day of month, month, day of week) or a word such as @hourly or @every 15m, which is the default.
	Cron string `json:"cron,omitempty" yaml:"cron,omitempty"`
	// TimeZone is the zone that the fields are read in, such as Europe/Berlin; UTC unless given.
	TimeZone string `json:"timeZone,omitempty" yaml:"timeZone,omitempty"`
	// Jitter is the longest random delay that is added to each start.
	Jitter Duration `json:"jitter,omitempty" yaml:"jitter"`
	// AtStart also works once when the service starts.
	AtStart bool `json:"atStart,omitempty" yaml:"atStart"`
}

// LoadOperator reads a config.yaml, fills in the defaults and fetches the secrets that it names. Relative paths in
// it start at the directory of path. env and readFile are os.LookupEnv and os.ReadFile. The error is a *Problems.
func LoadOperator(path string, data []byte, env func(string) (string, bool), readFile func(string) ([]byte, error)) (Operator, error) {
	var o Operator
	d := newDecoder(path, data)
	d.env, d.readFile = env, readFile
	if d.document(&o) {
		d.resolve(&o)
		o = Defaults(o)
		d.checkOperator(o)
	}
	if err := d.err(); err != nil {
		return Operator{}, err
	}
	return o, nil
}

// resolve turns relative paths into paths that work from where bumpboat runs.
func (d *decoder) resolve(o *Operator) {
	for i := range o.Repositories {
		r := &o.Repositories[i]
		if isLocal(r.URL) && !hasScheme(r.URL) {
			r.URL = d.relative(r.URL)
		}
		r.Forge.Dir = d.relative(r.Forge.Dir)
		r.Git.CA = d.relative(r.Git.CA)
	}
	for i := range o.Registries {
		o.Registries[i].CA = d.relative(o.Registries[i].CA)
	}
}

// localPath returns the path of a local repository: the url itself, or what follows file://.
func localPath(url string) string {
	if rest, ok := cutScheme(url, "file"); ok {
		return filepath.FromSlash(rest)
	}
	return url
}
