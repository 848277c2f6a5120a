// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/secret_input.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "tools/service/unix_socket.h"

namespace spor::cli {
namespace {

constexpr size_t kMaxSecretBytes = 1024;

volatile std::sig_atomic_t interrupted = 0;

// Notes Ctrl-C as long as it lives, so that the terminal gets its echo back before the program ends.
class NotedInterrupt {
 public:
  NotedInterrupt() {
    struct sigaction note {};
    note.sa_handler = [](int) { interrupted = 1; };  // without SA_RESTART: the read ends
    sigaction(SIGINT, &note, &before_);
  }
  ~NotedInterrupt() { sigaction(SIGINT, &before_, nullptr); }
  NotedInterrupt(const NotedInterrupt&) = delete;
  NotedInterrupt& operator=(const NotedInterrupt&) = delete;

 private:
  struct sigaction before_ {};
};

// Echo off as long as it lives.
class NoEcho {
 public:
  explicit NoEcho(int fd) : fd_(fd), changed_(tcgetattr(fd, &before_) == 0) {
    if (!changed_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  ~NoEcho() {
    if (changed_) tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  bool on() const { return changed_; }

 private:
  int fd_;
  termios before_{};
  bool changed_;
};

}  // namespace

Result<SecretBytes> ReadSecretLine(int fd) {
  SecretBytes line(kMaxSecretBytes);
  uint8_t* const data = line.RevealMutable().data();
  size_t size = 0;
  SecretBytes next(1);
  while (true) {
    const ssize_t got = read(fd, next.RevealMutable().data(), 1);
    if (got < 0 && errno == EINTR && interrupted == 0) continue;
    if (got < 0) return Status(Code::kInvalidArgument, "the secret can't be read from its descriptor");
    if (got == 0 || next.Reveal()[0] == '\n') break;
    if (size == kMaxSecretBytes) return Status(Code::kInvalidArgument, "a secret may have at most 1024 bytes");
    data[size++] = next.Reveal()[0];
  }
  if (size > 0 && data[size - 1] == '\r') --size;
  if (size == 0) return Status(Code::kInvalidArgument, "the secret is empty");
  return SecretBytes::CopyOf(line.Reveal().first(size));
}

Outcome<SecretBytes> AskSecret(Console& console, std::string_view prompt, std::string_view instead) {
  const service::UniqueFd terminal(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (terminal.get() < 0) return WrongUsage("no terminal to ask at; give " + std::string(instead));
  console.NoteRaw(prompt);
  Result<SecretBytes> secret = Status(Code::kIo, "the terminal can't be made not to show what is typed");
  {
    const NotedInterrupt noted;
    const NoEcho no_echo(terminal.get());
    if (no_echo.on()) secret = ReadSecretLine(terminal.get());
  }
  console.Note("");
  if (interrupted != 0) std::raise(SIGINT);  // now as it would have ended the program
  if (!secret.ok()) return secret.error();
  return std::move(*secret);
}

Outcome<SecretBytes> SecretFromFdOrTerminal(const Arguments& arguments, std::string_view fd_option,
                                            std::string_view prompt, Console& console) {
  ASSIGN_OR_RETURN(const std::optional<int> fd, arguments.FindFd(fd_option));
  if (!fd.has_value()) return AskSecret(console, prompt, "--" + std::string(fd_option) + " N");
  ASSIGN_OR_RETURN(SecretBytes secret, ReadSecretLine(*fd));
  return secret;
}

Outcome<SecretBytes> NewPassword(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(SecretBytes password, SecretFromFdOrTerminal(arguments, "password-fd", "New password: ", console));
  if (arguments.Has("password-fd")) return password;
  ASSIGN_OR_RETURN(const SecretBytes again, AskSecret(console, "Once more: ", "--password-fd N"));
  if (!SecretEquals(password.Reveal(), again.Reveal())) return WrongUsage("the two passwords differ; start again");
  return password;
}

}  // namespace spor::cli
