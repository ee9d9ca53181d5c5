package syntax

// dollar takes the byte after a `$`. One that begins no variable leaves the `$` as
// what it is, and is read as if there were none before it.
func (l *Lexer) dollar(c byte) bool {
	switch {
	case c == '{':
		l.word = append(l.word, c)
		l.state = lexBrace
	case c == '?' || digit(c):
		l.word = append(l.word, c)
		l.refer(string(c))
	case nameByte(c, true):
		l.word = append(l.word, c)
		l.state = lexName
	default:
		l.leaveVariable()
		return l.step(c)
	}
	return false
}

// variableName takes a byte of the name of a variable, or the one after it.
func (l *Lexer) variableName(c byte) bool {
	if nameByte(c, false) {
		l.word = append(l.word, c)
		return false
	}
	l.refer(string(l.word[l.dollarAt+1:]))
	return l.step(c)
}

// braced takes a byte between braces.
func (l *Lexer) braced(c byte) {
	if c != '}' {
		if l.word = append(l.word, c); c == '\n' || c == '\'' || c == '"' || c == '$' {
			l.failBrace()
		}
		return
	}
	name := string(l.word[l.dollarAt+2:])
	if name != "?" && !Name(name) && !Number(name) {
		l.failBrace()
		return
	}
	l.word = append(l.word, c)
	l.refer(name)
}

func (l *Lexer) failBrace() {
	l.fail(l.dollarLine, l.dollarColumn, "there is no name between ${ and }; '${' is the text")
}

// Number reports whether name is a number, as those of the arguments of a script.
func Number(name string) bool {
	for i := range len(name) {
		if !digit(name[i]) {
			return false
		}
	}
	return name != ""
}

// openVariable begins what may be a variable, in quotes or outside of them.
func (l *Lexer) openVariable() {
	l.startWord()
	l.dollarAt, l.outside = len(l.word), l.state
	l.dollarLine, l.dollarColumn = l.line, l.column
	l.word = append(l.word, '$')
	l.state = lexDollar
}

// refer ends a variable.
func (l *Lexer) refer(name string) {
	l.refs = append(l.refs, ref{from: l.dollarAt, to: len(l.word), name: name})
	l.leaveVariable()
}

func (l *Lexer) leaveVariable() { l.state = l.outside }

// endVariable ends a variable that the end of the text or of a word ends.
func (l *Lexer) endVariable() {
	switch l.state {
	case lexName:
		l.refer(string(l.word[l.dollarAt+1:]))
	case lexDollar:
		l.leaveVariable()
	}
}

// Variable returns the beginning of a variable's name that the text ends in, and
// whether it ends in one.
func (l *Lexer) Variable() (name string, ok bool) {
	switch l.state {
	case lexDollar, lexName:
		return string(l.word[l.dollarAt+1:]), true
	case lexBrace:
		return string(l.word[l.dollarAt+2:]), true
	default:
		return "", false
	}
}
