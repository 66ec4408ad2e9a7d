package policy

import (
	"strings"
	"testing"
)

// sketchShape writes what a tag is taken apart into: form, then prefix, version, pre-release, other fields and own versions where
// there are any. In the form <V> stands for a version, <N> a number, <H> a hash, <D> a digit of a date, <T> a time.
func sketchShape(tag string) string {
	var s shape
	s.parse(tag)
	marks := strings.NewReplacer("\x01", "<V>", "\x02", "<N>", "\x03", "<H>", "\x04", "D", "\x05", "<T>")
	words := []string{marks.Replace(string(s.form))}
	for _, f := range []struct{ name, value string }{
		{"prefix", s.prefix}, {"version", s.core}, {"pre", s.pre}, {"rest", strings.Join(s.rest, ",")}, {"own", strings.Join(s.own, ",")},
	} {
		if f.value != "" {
			words = append(words, f.name+"="+marks.Replace(f.value))
		}
	}
	return strings.Join(words, " ")
}

func TestShapes(t *testing.T) {
	for _, tt := range []struct{ tag, want string }{
		{"1.25", "<V> version=1.25"},
		{"15-bookworm", "<V>-bookworm version=15"},
		{"16.1-alpine3.18", "<V>-alpine3.18 version=16.1 own=3.18"},
		{"16beta3-bookworm", "<V>-bookworm version=16 pre=beta3"},
		{"7.4-rc1", "<V> version=7.4 pre=rc1"},
		{"18-alpine3.17", "<V>-alpine3.17 version=18 own=3.17"},
		{"20.10.0-bookworm-slim", "<V>-bookworm-slim version=20.10.0"},
		{"3.11.0b9", "<V> version=3.11.0 pre=b9"},
		{"3.13.0a2-slim", "<V>-slim version=3.13.0 pre=a2"},
		{"3.12.0rc3-bookworm", "<V>-bookworm version=3.12.0 pre=rc3"},
		{"17.0.9_9-jre-alpine", "<V>_<N>-jre-alpine version=17.0.9 rest=9"},
		{"11.0.20.1_1-jre", "<V>_<N>-jre version=11.0.20.1 rest=1"},
		{"21_35-jdk-jammy", "<V>_<N>-jdk-jammy version=21 rest=35"},
		{"8u392-b08-jdk", "<V>u<N>-b<N>-jdk version=8 rest=392,08"},
		{"17.0.9-al2023", "<V>-al2023 version=17.0.9 own=2023"},
		{"17.0.9-alpine3.18", "<V>-alpine3.18 version=17.0.9 own=3.18"},
		{"15.2.0-debian-11-r9", "<V>-debian-11-r<N> version=15.2.0 rest=9 own=11"},
		{"1.32.0-ls100", "<V>-ls<N> version=1.32.0 rest=100"},
		{"4.6.0-r0-ls293", "<V>-r<N>-ls<N> version=4.6.0 rest=0,293"},
		{"version-1.32.0", "version-<V> prefix=version- version=1.32.0"},
		{"amd64-1.32.5.7349-8f4248874-ls190", "amd64-<V>-<H>-ls<N> prefix=amd64- version=1.32.5.7349 rest=190 own=64"},
		{"1.32.7.7621-871adbd44", "<V>-<H> version=1.32.7.7621"},
		{"v1.27.3-eksbuild.2", "v<V>-eksbuild.<N> prefix=v version=1.27.3 rest=2"},
		{"v1.27.3-k3s1", "v<V>-k3s<N> prefix=v version=1.27.3 rest=1"},
		{"v1.27.3-rc1-k3s1", "v<V>-k3s<N> prefix=v version=1.27.3 pre=rc1 rest=1"},
		{"v1.27.3-rke2r1", "v<V>-rke2r<N> prefix=v version=1.27.3 rest=1 own=2"},
		{"1.27.3-gke.100", "<V>-gke.<N> version=1.27.3 rest=100"},
		{"RELEASE.2023-11-01T18-37-25Z", "RELEASE.DDDD-DD-DDTDD-DD-DDZ rest=2023-11-01T18-37-25Z,0"},
		{"RELEASE.2023-11-01T18-37-25Z.hotfix.1", "RELEASE.DDDD-DD-DDTDD-DD-DDZ.hotfix.<N> rest=2023-11-01T18-37-25Z,0,1"},
		{"RELEASE.2023-11-01T18-37-25Z-cpuv1", "RELEASE.DDDD-DD-DDTDD-DD-DDZ-cpuv1 rest=2023-11-01T18-37-25Z,0 own=1"},
		{"jammy-20230624", "jammy-DDDDDDDD rest=20230624,0"},
		{"jammy", "jammy"},
		{"22.04", "<V> version=22.04"},
		{"27.1.3-fpm-alpine", "<V>-fpm-alpine version=27.1.3"},
		{"10.1.5-security-01", "<V>-security-<N> version=10.1.5 rest=01"},
		{"2.426.3-lts-jdk17", "<V>-lts-jdk17 version=2.426.3 own=17"},
		{"2.440-alpine-jdk21", "<V>-alpine-jdk21 version=2.440 own=21"},
		{"ltsc2022", "ltsc2022 own=2022"},
		{"10.0.17763.5122-amd64", "<V>-amd64 version=10.0.17763.5122 own=64"},
		{"1809-KB4487017", "<V>-KB<N> version=1809 rest=4487017"},
		{"4.8-20231010-windowsservercore-ltsc2022", "<V>-DDDDDDDD-windowsservercore-ltsc2022 version=4.8 rest=20231010,0 own=2022"},
		{"v3.0.0-beta5-windowsservercore-1809", "v<V>-windowsservercore-1809 prefix=v version=3.0.0 pre=beta5 own=1809"},
		{"8.0-jammy", "<V>-jammy version=8.0"},
		{"8.0.0-rc.2-jammy", "<V>-jammy version=8.0.0 pre=rc.2"},
		{"8.0.100-preview.7-alpine3.18", "<V>-alpine3.18 version=8.0.100 pre=preview.7 own=3.18"},
		{"8.9-1029", "<V>-<N> version=8.9 rest=1029"},
		{"8.8-1072.1697626218", "<V>-<N> version=8.8 rest=1072.1697626218"},
		{"ubi8-minimal-8.9-1029", "ubi8-minimal-<V>-<N> prefix=ubi8-minimal- version=8.9 rest=1029 own=8"},
		{"12.2.0-runtime-ubuntu22.04", "<V>-runtime-ubuntu22.04 version=12.2.0 own=22.04"},
		{"12.2.0-cudnn8-devel-ubi8", "<V>-cudnn8-devel-ubi8 version=12.2.0 own=8,8"},
		{"7.5.0-1-ubi8", "<V>-<N>-ubi8 version=7.5.0 rest=1 own=8"},
		{"8.11.1-SNAPSHOT", "<V> version=8.11.1 pre=SNAPSHOT"},
		{"v2.9.0-rc1", "v<V> prefix=v version=2.9.0 pre=rc1"},
		{"v1.2.3-14-g2414721", "v<V>-<N>-<H> prefix=v version=1.2.3 rest=14"},
		{"1.2.3-15-gdeadbeef", "<V>-<N>-<H> version=1.2.3 rest=15"},
		{"2024.1.5", "<V> version=2024.1.5"},
		{"2024.2.0b3", "<V> version=2024.2.0 pre=b3"},
		{"2024.2.0.dev20240115", "<V> version=2024.2.0 pre=dev20240115"},
		{"20240115", "DDDDDDDD rest=20240115,0"},
		{"20240115.1", "DDDDDDDD rest=20240115,1"},
		{"2024-01-15", "DDDD-DD-DD rest=2024-01-15,0"},
		{"20240115103000", "DDDDDDDDDDDDDD rest=20240115103000,0"},
		{"20240115T103000Z", "DDDDDDDDTDDDDDDZ rest=20240115T103000Z,0"},
		{"11.2.2-jammy", "<V>-jammy version=11.2.2"},
		{"3.12.10-management-alpine", "<V>-management-alpine version=3.12.10"},
		{"1.21.5-alpine3.18", "<V>-alpine3.18 version=1.21.5 own=3.18"},
		{"1.22rc1-alpine", "<V>-alpine version=1.22 pre=rc1"},
		{"22.0.5-1", "<V>-<N> version=22.0.5 rest=1"},
		{"17-ea-11-jdk-slim", "<V>-ea-<N>-jdk-slim version=17 rest=11"},
		{"16.5.1-ce.0", "<V>-ce.<N> version=16.5.1 rest=0"},
		{"3.9.5-amazoncorretto-17", "<V>-amazoncorretto-17 version=3.9.5 own=17"},
		{"1.18.0-scala_2.12-java11", "<V>-scala_2.12-java11 version=1.18.0 own=2.12,11"},
		{"2.13.12_17.0.9", "<V>_<N> version=2.13.12 rest=17.0.9"},
		{"1.0.0.RELEASE", "<V>.RELEASE version=1.0.0"},
		{"main-1a2b3c4-1700000000", "main-<H>-<T> rest=1700000000"},
		{"main-1a2b3c4-v1.2.3", "main-<H>-v<V> prefix=main-<H>-v version=1.2.3"},
		{"20240115-1.2.3", "DDDDDDDD-<V> prefix=DDDDDDDD- version=1.2.3 rest=20240115,0"},
		{"v20231011-8b53cabe0", "vDDDDDDDD-<H> rest=20231011,0"},
		{"sha-1a2b3c4", "sha-<H>"},
		{"1a2b3c4d", "<H>"},
		{"pr-1234", "pr-<V> prefix=pr- version=1234"},
		{"b1234", "b<N> rest=1234"},
		{"r100", "r<N> rest=100"},
		{"latest", "latest"},
		{"1.0-master-nightly-777", "<V>-master-nightly-<N> version=1.0 rest=777"},
		{"0.0.0-nightly-20240115", "<V> version=0.0.0 pre=nightly-20240115"},
		{"3.18_alpha20230901", "<V> version=3.18 pre=alpha20230901"},
		{"cuda11.8.0-py3.10", "cuda<V>-py3.10 prefix=cuda version=11.8.0 own=3.10"},
	} {
		if got := sketchShape(tt.tag); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.tag, got, tt.want)
		}
	}
}

// Each line is what somebody who looks after such an image would want.
func TestPicksAmongRealTags(t *testing.T) {
	run(t, []choice{
		{"postgres", "like-current", "16.0-alpine3.18", "16.1-alpine3.18 16.1-alpine3.19 16-alpine3.18 17beta1-alpine3.18 16.1", "-> 16.1-alpine3.18"},
		{"postgres, one part", "like-current", "15-bookworm", "16-bookworm 16.1-bookworm 17beta1-bookworm 16-bullseye", "-> 16-bookworm"},
		{"postgres, this major", "like-current jump=minor", "15.4", "15.5 16.1", "-> 15.5"},
		{"redis", "like-current", "7.2.3", "7.2.4 7.4-rc1 7.2.4-alpine 7", "-> 7.2.4"},
		{"node", "like-current", "18.18.0-bookworm-slim", "20.10.0-bookworm-slim 21.0.0-slim 20.10.1-bookworm", "-> 20.10.0-bookworm-slim"},
		{"python, a release", "like-current", "3.11.6-slim", "3.12.0-slim 3.13.0a2-slim 3.12.1rc1-slim", "-> 3.12.0-slim"},
		{"python, a beta", "like-current", "3.12.0b4", "3.12.0rc3 3.12.0b10 3.13.0a1", "-> 3.12.0rc3"},
		{"eclipse-temurin", "like-current", "17.0.8.1_1-jre", "17.0.9_9-jre 17.0.9_9-jdk 21_35-jre", "-> 17.0.9_9-jre"},
		{"eclipse-temurin 8", "like-current", "8u392-b08-jdk", "8u402-b06-jdk 8u402-b06-jre 8u372-b07-jdk", "-> 8u402-b06-jdk"},
		{"eclipse-temurin 8, the same again", "like-current", "8u392-b08-jdk", "8u392-b10-jdk 8u392-b09-jdk", "-> 8u392-b10-jdk"},
		{"amazoncorretto", "like-current", "17.0.8-al2023", "17.0.9-al2023 17.0.9-al2 17.0.9-alpine3.18", "-> 17.0.9-al2023"},
		{"maven keeps its Java", "like-current", "3.9.4-amazoncorretto-17", "3.9.4-amazoncorretto-21 3.9.5-amazoncorretto-17", "-> 3.9.5-amazoncorretto-17"},
		{"maven keeps its Java of another maker", "like-current", "3.9.4-sapmachine-17", "3.9.5-sapmachine-21 3.9.5-eclipse-temurin-17", "stays"},
		{"bitnami", "like-current", "1.25.2-debian-12-r9", "1.25.3-debian-12-r0 1.25.3-debian-11-r99 1.25.3", "-> 1.25.3-debian-12-r0"},
		{"linuxserver", "like-current", "4.5.5-r1-ls290", "4.6.0-r0-ls293 4.5.5-r1-ls292 version-4.6.0", "-> 4.6.0-r0-ls293"},
		{"linuxserver, version-", "like-current", "version-4.5.5", "version-4.6.0 4.7.0 version-nightly", "-> version-4.6.0"},
		{"plex, with a hash", "like-current", "1.32.5.7349-8f4248874", "1.32.7.7621-871adbd44 1.32.6.7557-1cf77d501", "-> 1.32.7.7621-871adbd44"},
		{"eks", "like-current", "v1.27.3-eksbuild.2", "v1.27.3-eksbuild.10 v1.27.1-eksbuild.30 v1.28.0", "-> v1.27.3-eksbuild.10"},
		{"rke2", "like-current jump=patch", "v1.27.3-rke2r1", "v1.27.4-rke2r1 v1.28.1-rke2r1 v1.27.5-rc1-rke2r1", "-> v1.27.4-rke2r1"},
		{"gke", "like-current", "1.27.3-gke.100", "1.27.3-gke.1700 1.27.3-gke.99", "-> 1.27.3-gke.1700"},
		{"minio", "like-current", "RELEASE.2023-10-25T06-33-25Z", "RELEASE.2023-11-01T18-37-25Z RELEASE.2023-11-06T22-26-08Z-cpuv1 latest", "-> RELEASE.2023-11-01T18-37-25Z"},
		{"minio, a hotfix of a later day", "like-current", "RELEASE.2023-10-25T06-33-25Z.hotfix.2", "RELEASE.2023-11-01T18-37-25Z.hotfix.1 RELEASE.2023-11-01T18-37-25Z", "-> RELEASE.2023-11-01T18-37-25Z.hotfix.1"},
		{"ubuntu by day", "like-current", "jammy-20230605", "jammy-20230624 lunar-20230624 jammy", "-> jammy-20230624"},
		{"nextcloud", "like-current", "27.1.3-fpm-alpine", "28.0.0rc1-fpm-alpine 27.1.4-fpm-alpine 27.1.4-apache", "-> 27.1.4-fpm-alpine"},
		{"grafana, a security release", "like-current", "10.1.5-security-01", "10.1.5-security-02 10.2.0", "-> 10.1.5-security-02"},
		{"jenkins", "like-current", "2.426.2-lts-jdk17", "2.426.3-lts-jdk17 2.426.3-lts-jdk21 2.440-jdk17", "-> 2.426.3-lts-jdk17"},
		{"windows by build", "like-current", "10.0.17763.4974-amd64", "10.0.17763.5122-amd64 10.0.20348.2113-amd64 ltsc2022", "-> 10.0.20348.2113-amd64"},
		{"windows by build, this one", "like-current allow=^10\\.0\\.17763", "10.0.17763.4974-amd64", "10.0.17763.5122-amd64 10.0.20348.2113-amd64", "-> 10.0.17763.5122-amd64"},
		{"windows by article", "like-current", "1809-KB4480116", "1809-KB4487017 1903-KB4505057", "-> 1903-KB4505057"},
		{"dotnet", "like-current", "8.0.0-rc.2-jammy", "8.0.0-jammy 9.0.0-preview.1-jammy", "-> 8.0.0-jammy"},
		{"dotnet, two parts", "like-current", "7.0-jammy", "8.0-jammy 8.0.1-jammy 9.0-preview-jammy", "-> 8.0-jammy"},
		{"ubi", "like-current", "8.8-1072", "8.9-1029 8.8-1072.1697626218", "-> 8.9-1029"},
		{"cuda keeps its Ubuntu", "like-current", "12.1.1-runtime-ubuntu22.04", "12.2.0-runtime-ubuntu22.04 12.2.0-runtime-ubuntu24.04 12.3.0-devel-ubuntu22.04", "-> 12.2.0-runtime-ubuntu22.04"},
		{"cuda moves its Ubuntu when told", "like-current variant=runtime-ubuntu", "12.1.1-runtime-ubuntu22.04", "12.2.0-runtime-ubuntu24.04 12.3.0-devel-ubuntu22.04", "-> 12.2.0-runtime-ubuntu24.04"},
		{"kafka", "like-current", "7.5.0-1-ubi8", "7.5.0-2-ubi8 7.5.1-1-ubi8 7.5.1-1-ubi8.amd64 7.5.1", "-> 7.5.1-1-ubi8"},
		{"elastic", "like-current", "8.11.1-SNAPSHOT", "8.11.1 8.12.0-SNAPSHOT", "-> 8.11.1"},
		{"argo, a candidate", "like-current", "v2.9.0-rc1", "v2.9.0-rc10 v2.10.0-rc1", "-> v2.9.0-rc10"},
		{"git describe", "like-current", "v1.2.3-14-g2414721", "v1.2.3-15-g0000001 v1.2.3-9-gfffffff v1.2.4", "-> v1.2.3-15-g0000001"},
		{"git describe, a hash without digits", "like-current", "v1.2.3-14-g2414721", "v1.2.3-15-gdeadbeef", "-> v1.2.3-15-gdeadbeef"},
		{"home-assistant", "like-current", "2024.1.5", "2024.2.0b3 2024.1.6 2023.12.9", "-> 2024.1.6"},
		{"home-assistant, a beta", "like-current", "2024.2.0b9", "2024.2.0b10 2024.3.0b0", "-> 2024.2.0b10"},
		{"times", "like-current", "20240115103000", "20240115103001 20240115", "-> 20240115103001"},
		{"builds of a day", "like-current", "20240115.9", "20240115.10 20240115.2", "-> 20240115.10"},
		{"mariadb", "like-current", "11.1.3-jammy", "11.2.2-jammy 11.3.1-rc-jammy 11.2.2", "-> 11.2.2-jammy"},
		{"rabbitmq", "like-current", "3.12.9-management-alpine", "3.12.10-management-alpine 3.13.0-rc.1-management-alpine 3.12.11-alpine", "-> 3.12.10-management-alpine"},
		{"golang", "like-current", "1.21.4-alpine3.18", "1.21.5-alpine3.18 1.21.5-alpine3.19 1.22rc1-alpine3.18", "-> 1.21.5-alpine3.18"},
		{"keycloak", "like-current", "22.0.5-1", "22.0.5-2 23.0.0-0 23.0.1", "-> 23.0.0-0"},
		{"openjdk, early access stays so", "like-current", "22-ea-28-jdk-slim", "22-ea-29-jdk-slim 21-jdk-slim", "-> 22-ea-29-jdk-slim"},
		{"gitlab", "like-current", "16.5.0-ce.0", "16.5.1-ce.0 16.6.0-ee.0 16.6.0-rc42.ce.0", "-> 16.5.1-ce.0"},
		{"llama.cpp", "like-current", "b1234", "b999 b1300", "-> b1300"},
		{"test-infra", "like-current", "v20230927-13a2d50f5", "v20231011-8b53cabe0 v20231011", "-> v20231011-8b53cabe0"},
		{"a day before the version", "like-current", "20240115-1.2.3", "20240116-1.2.4 20240117-1.2", "-> 20240116-1.2.4"},
		{"a commit before the version", "like-current", "main-1a2b3c4-v1.2.3", "main-fedcba9-v1.2.4 dev-1a2b3c4-v1.2.5", "-> main-fedcba9-v1.2.4"},
		{"a commit alone", "like-current", "sha-1a2b3c4", "sha-2b3c4d5", "held current/unreadable"},

		{"semver: postgres has two parts", "semver:* precision=2", "16.0-alpine3.18", "16.1-alpine3.18 16.1-alpine3.19 17beta1-alpine3.18", "-> 16.1-alpine3.18"},
		{"semver: node", "semver:^18", "18.18.0-bookworm-slim", "18.19.0-bookworm-slim 20.10.0-bookworm-slim 18.20.0", "-> 18.19.0-bookworm-slim"},
		{"semver: bitnami", "semver:^1", "1.25.2-debian-12-r9", "1.25.3-debian-12-r0 1.25.3-debian-11-r99 1.26.0", "-> 1.25.3-debian-12-r0"},
		{"semver: k3s", "semver:~1.27", "v1.27.3-k3s1", "v1.27.4-k3s1 v1.28.0-k3s1 v1.27.5-rc1-k3s1", "-> v1.27.4-k3s1"},
		{"semver: dotnet", "semver:^8", "8.0.0-jammy", "8.0.1-jammy 8.1.0-preview.1-jammy 8.0.2-alpine", "-> 8.0.1-jammy"},
		{"semver: cuda", "semver:^12", "12.1.1-runtime-ubuntu22.04", "12.2.0-runtime-ubuntu22.04 12.2.0-runtime-ubuntu24.04", "-> 12.2.0-runtime-ubuntu22.04"},
		{"semver: python writes pre-releases without a dash", "semver:^3", "3.11.6-slim", "3.12.0-slim 3.13.0a2-slim", "-> 3.12.0-slim"},
		{"semver: temurin writes builds with an underscore", "semver:^17", "17.0.8_7-jre", "17.0.9_9-jre", "none tags/no-match"},
		{"semver: home-assistant", "semver:2024.x", "2024.1.5", "2024.2.0b3 2024.1.6 2025.1.0", "-> 2024.1.6"},
		{"semver: keycloak", "semver:^22", "22.0.5-1", "22.0.5-2 22.0.6", "-> 22.0.5-2"},
	})
}
