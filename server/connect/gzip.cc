#include "server/connect/gzip.h"

#include <algorithm>

#include <zlib.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "client/base/error.h"

namespace signet::connect {
namespace {

constexpr int kGzip = 16 + MAX_WBITS;  // with gzip's head and end
constexpr size_t kStep = 16 * 1024;

Bytef* In(absl::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write there
}

}  // namespace

absl::StatusOr<std::string> Gunzip(absl::string_view packed, size_t most) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzip) != Z_OK) return absl::InternalError("zlib does not start");
  const absl::Cleanup end = [&] { inflateEnd(&stream); };
  stream.next_in = In(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string bytes;
  int state = Z_OK;
  while (state == Z_OK) {
    const size_t so_far = bytes.size();
    if (so_far > most) {
      return base::FieldError("request", absl::StrCat("unpacks to more than ", most, " bytes"));
    }
    bytes.resize(std::min(so_far + kStep, most + 1));
    stream.next_out = reinterpret_cast<Bytef*>(&bytes[so_far]);
    stream.avail_out = static_cast<uInt>(bytes.size() - so_far);
    state = inflate(&stream, Z_NO_FLUSH);
    bytes.erase(bytes.size() - stream.avail_out);
  }
  if (state == Z_STREAM_END && bytes.size() > most) {
    return base::FieldError("request", absl::StrCat("unpacks to more than ", most, " bytes"));
  }
  if (state != Z_STREAM_END || stream.avail_in != 0) {
    return base::FieldError("request", "is not what gzip packs");
  }
  return bytes;
}

std::string Gzip(absl::string_view bytes) {
  z_stream stream{};
  constexpr int kMemory = 8;  // zlib's own
  std::string packed;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return packed;
  }
  const absl::Cleanup end = [&] { deflateEnd(&stream); };
  packed.resize(deflateBound(&stream, static_cast<uLong>(bytes.size())));
  stream.next_in = In(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);  // the bound leaves room for all of it
  packed.erase(packed.size() - stream.avail_out);
  return packed;
}

}  // namespace signet::connect
