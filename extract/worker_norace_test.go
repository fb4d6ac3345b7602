//go:build !race

package extract

// underRace means that the race detector runs, which needs many times the
// memory and a second to end.
const underRace = false
