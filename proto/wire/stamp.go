package wire

import (
	"google.golang.org/protobuf/encoding/protowire"

	kvv1 "kv/proto/kv/v1"
)

// AppendStamp appends a stamp as the field num of a message; nil is none.
func AppendStamp(b []byte, num protowire.Number, s *kvv1.Stamp) []byte {
	if s == nil {
		return b
	}
	b = AppendHead(b, num, sizeStamp(s))
	if s.GetSession() != 0 {
		b = protowire.AppendFixed64(protowire.AppendTag(b, StampSession, protowire.Fixed64Type), s.GetSession())
	}
	b = AppendUint(b, StampSequence, s.GetSequence())
	b = AppendUint(b, StampAcknowledged, s.GetAcknowledged())
	return AppendUint(b, StampOpened, s.GetOpened())
}

// SizeStamp is how many bytes AppendStamp appends.
func SizeStamp(num protowire.Number, s *kvv1.Stamp) int {
	if s == nil {
		return 0
	}
	return SizeHeaded(num, sizeStamp(s))
}

func sizeStamp(s *kvv1.Stamp) int {
	n := SizeUint(StampSequence, s.GetSequence()) + SizeUint(StampAcknowledged, s.GetAcknowledged()) + SizeUint(StampOpened, s.GetOpened())
	if s.GetSession() != 0 {
		n += protowire.SizeTag(StampSession) + protowire.SizeFixed64()
	}
	return n
}
