#include "server/app/command_line.h"
#include "server/app/process.h"

int main(int argc, char** argv) {
  signet::app::HardenProcess();
  return signet::app::RunCommandLine(argc, argv);
}
