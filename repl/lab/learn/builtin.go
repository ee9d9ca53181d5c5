package learn

import (
	"embed"
	"io/fs"
	"sync"
)

//go:embed lessons/*.lesson
var lessonFiles embed.FS

// BuiltIn returns the lessons that are part of the program. The names of their files begin
// with numbers, which say in which order they are best taken.
var BuiltIn = sync.OnceValue(func() []*Lesson {
	files, err := fs.Glob(lessonFiles, "lessons/*.lesson")
	if err != nil {
		panic(err) // it is the pattern that is wrong
	}
	var all []*Lesson
	for _, file := range files {
		text, err := fs.ReadFile(lessonFiles, file)
		if err != nil {
			panic(err) // it is compiled in
		}
		l, err := Parse(file, string(text))
		if err != nil {
			panic(err) // a test reads them all
		}
		all = append(all, l)
	}
	return all
})
