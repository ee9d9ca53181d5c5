package out

import (
	"math"
	"time"
)

// Record is an answer, or one thing of an answer that is a list, as facts that have
// names and types. Records of one list have the same fields in the same order.
type Record []Field

// Field is one fact.
type Field struct {
	name string // in snake_case
	// value is a string, []byte, uint64, float64, bool, time.Time, []string, Record or
	// []Record.
	value   any
	unknown bool // there is no value
}

// If returns the field, or one without a value unless known.
func (f Field) If(known bool) Field {
	f.unknown = f.unknown || !known
	return f
}

// Text is a field with words of the program, such as a name or a state. "" is no value.
func Text(name, text string) Field { return Field{name, text, text == ""} }

// Bytes is a field with a key or a value of the store, which may be any bytes.
func Bytes(name string, data []byte) Field { return Field{name, data, false} }

// Key is Bytes of a string.
func Key(name, key string) Field { return Bytes(name, []byte(key)) }

// Uint is a field with a whole number.
func Uint[N ~uint64 | ~uint32 | ~int](name string, n N) Field { return Field{name, uint64(n), false} }

// Float is a field with a number, of which thousandths are enough.
func Float(name string, n float64) Field { return Field{name, math.Round(n*1000) / 1000, false} }

// Bool is a field that is true or false.
func Bool(name string, b bool) Field { return Field{name, b, false} }

// Duration is a field with a time that something takes, in milliseconds: its name ends
// with _ms.
func Duration(name string, d time.Duration) Field {
	return Float(name+"_ms", float64(d)/float64(time.Millisecond))
}

// Time is a field with a moment. The zero time is no value.
func Time(name string, t time.Time) Field { return Field{name, t, t.IsZero()} }

// Texts is a field with several words.
func Texts(name string, texts []string) Field { return Field{name, texts, false} }

// Object is a field that is a record itself.
func Object(name string, r Record) Field { return Field{name, r, r == nil} }

// Objects is a field with several records.
func Objects(name string, all []Record) Field { return Field{name, all, false} }

// Records makes a field with a record of each thing.
func Records[T any](name string, all []T, record func(T) Record) Field {
	records := make([]Record, len(all))
	for i, x := range all {
		records[i] = record(x)
	}
	return Objects(name, records)
}
