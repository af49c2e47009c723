# cmake -DOUTPUT=x.cc -DFROM=<templates> -P embed.cmake
# Writes BuiltInTemplates(), the files as raw strings.
file(GLOB files RELATIVE "${FROM}" "${FROM}/*.txt" "${FROM}/*.html")
set(entries "")
foreach(name IN LISTS files)
  file(READ "${FROM}/${name}" text)
  string(APPEND entries "      {\"${name}\", R\"__mail__(${text})__mail__\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"server/mail/built_in_templates.h\"

namespace signet::mail {

const std::map<std::string, std::string, std::less<>>& BuiltInTemplates() {
  static const auto& templates = *new std::map<std::string, std::string, std::less<>>{
${entries}  };
  return templates;
}

}  // namespace signet::mail
")
