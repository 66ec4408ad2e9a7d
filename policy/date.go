package policy

// dateLength measures the date that a text begins with: 20240115, 2024-01-15 or 2024_01_15, with a time of day or without
// (202401151030, 20240115103000, 20240115T103000Z, 2024-01-15T10-30-00Z). It is 0 where there is none.
func dateLength(s string) int {
	run := 0
	for run < len(s) && isDigit(s[run]) {
		run++
	}
	switch {
	case run == 8 && isDay(s[0:4], s[4:6], s[6:8]):
		return 8 + timeLength(s[8:], false)
	case run == 12 && isDay(s[0:4], s[4:6], s[6:8]) && number(s[8:10]) < 24 && number(s[10:12]) < 60:
		return 12
	case run == 14 && isDay(s[0:4], s[4:6], s[6:8]) && number(s[8:10]) < 24 && number(s[10:12]) < 60 && number(s[12:14]) < 61:
		return 14
	case run == 4 && len(s) >= 10 && (s[4] == '-' || s[4] == '_') && s[7] == s[4] && allDigits(s[5:7]) && allDigits(s[8:10]) &&
		isDay(s[0:4], s[5:7], s[8:10]) && (len(s) == 10 || !isDigit(s[10])):
		return 10 + timeLength(s[10:], true)
	}
	return 0
}

// timeLength measures a time of day that begins with T and may end with Z, as in T103000Z or T10-30-00Z; 0 for none.
func timeLength(s string, separated bool) int {
	if s == "" || s[0] != 'T' && s[0] != 't' {
		return 0
	}
	i := 1
	for field := range 3 {
		if separated && field > 0 && i < len(s) && isSeparator(s[i]) {
			i++
		}
		if i+2 > len(s) || !allDigits(s[i:i+2]) || number(s[i:i+2]) > 60 {
			return 0
		}
		i += 2
	}
	if i < len(s) && (s[i] == 'Z' || s[i] == 'z') {
		i++
	}
	return i
}

// isDay says whether year, month and day can be one, from 1990 to 2099: what is outside is a number that looks like a date.
func isDay(year, month, day string) bool {
	y, m, d := number(year), number(month), number(day)
	return 1990 <= y && y <= 2099 && 1 <= m && m <= 12 && 1 <= d && d <= 31
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// number reads a few digits.
func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
