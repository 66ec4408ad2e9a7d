package policy

import "strings"

// set makes a set of words.
func set(words string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		out[word] = true
	}
	return out
}

var (
	// prereleaseWords say "before the release", wherever they stand after the version.
	prereleaseWords = set("alpha beta rc cr milestone preview")
	// channelWords say it right after a number only; elsewhere they name a channel, as in 1.0-master-nightly.
	channelWords = set("dev pre nightly snapshot canary")
	// prereleaseLetters say it only between the version and a number, as in 3.11.0b9.
	prereleaseLetters = set("a b c m")
	// revisionWords stand right before a number that counts builds of one version: -r9, -ls99, -p1, -b08, -KB4487017, +k3s1.
	revisionWords = set("b r rev ls p pl patch build kb u k3s hotfix sp")
	// systemWords name what an image is built on. A number after one is the version of that, as in alpine3.17 and debian-11.
	systemWords = set(`alpine debian ubuntu ubi rhel el centos rocky almalinux fedora fc opensuse leap sles bci photon amazonlinux oraclelinux ol
		wolfi mariner azurelinux busybox windowsservercore nanoserver ltsc sac windows win bookworm bullseye buster trixie jammy focal noble`)
	// componentWords name software. After the version of the image a number is the version of that software, as in
	// 1.2.3-jdk-17; where the image has no version yet it is the image's own, as in jdk-11.0.2.
	componentWords = set(`jdk jre java openjdk temurin graalvm corretto amazoncorretto semeru ibmjava
		sapmachine zulu liberica python py php node nodejs ruby go golang scala sbt maven gradle
		dotnet cuda cudnn gcc llvm clang pg postgres postgresql mysql erlang otp elixir rust perl apache nginx tomcat spark hadoop helm
		kubectl qt lts`)
)

// prereleaseAlias maps the ways to write one and the same word.
var prereleaseAlias = map[string]string{"a": "alpha", "b": "beta", "c": "rc", "cr": "rc", "m": "milestone", "pre": "preview"}

// canonicalWord returns the form of a pre-release word by which words are compared.
func canonicalWord(word string) string {
	w := strings.ToLower(word)
	if alias, ok := prereleaseAlias[w]; ok {
		return alias
	}
	return w
}

// wordOf returns the canonical form of the word that a pre-release begins with; "" when it begins with a number.
func wordOf(pre string) string {
	i := 0
	for i < len(pre) && isLetter(pre[i]) {
		i++
	}
	return canonicalWord(pre[:i])
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isSeparator(c byte) bool {
	return c == '-' || c == '.' || c == '_'
}
