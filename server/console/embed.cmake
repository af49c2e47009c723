# cmake -DOUTPUT=x.cc -DSTYLE=style.css -DICON=icon.svg -P embed.cmake
# Writes what pages refer to as text of the program.
file(READ "${STYLE}" style)
file(READ "${ICON}" icon)
file(WRITE "${OUTPUT}" "#include \"server/console/page.h\"

namespace signet::console {

absl::string_view Stylesheet() {
  return R\"css(${style})css\";
}

absl::string_view Icon() {
  return R\"svg(${icon})svg\";
}

}  // namespace signet::console
")
