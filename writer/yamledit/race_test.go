//go:build race

package yamledit

// raceDetector says that each test takes ten times as long.
const raceDetector = true
