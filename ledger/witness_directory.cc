// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "crypto/files.h"
#include "ledger/witness_state.h"

namespace spor::ledger {
namespace {

namespace fs = std::filesystem;

// A signer key as C2SP's tools write it: PRIVATE+KEY+NAME+HASH+BASE64(type | seed).
constexpr std::string_view kSecretPrefix = "PRIVATE+KEY+";
constexpr size_t kMaxKeyFile = 1024;
constexpr size_t kMaxNameBytes = 255;

std::string KeyPath(const std::string& directory) { return directory + "/key"; }
std::string StatePath(const std::string& directory) { return directory + "/state"; }

Status WriteKey(const std::string& path, std::string_view name, const SigningKey& seed, const VerifierKey& key) {
  Bytes raw(1, static_cast<uint8_t>(KeyType::kCosignature));
  raw.reserve(33);
  Append(raw, seed.Reveal());
  std::string secret = Base64Encode(raw);
  const std::string public_text = FormatVerifierKey(key);  // NAME+HASH+...
  std::string text;
  text.reserve(kMaxKeyFile);
  text.append(kSecretPrefix).append(public_text.substr(0, name.size() + 10)).append(secret).append("\n");
  const Status written = WriteFileAtomically(path, AsBytes(text), 0600);
  WipeMemory(raw);
  WipeMemory(secret);
  WipeMemory(text);
  return written;
}

struct NamedKey {
  std::string name;
  SigningKey seed;
};

Result<NamedKey> ReadKey(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    return Status(Code::kDenied, path + " can be read by others: chmod 600 it");
  }
  ASSIGN_OR_RETURN(std::string text, ReadSmallFile(path, kMaxKeyFile));
  std::string_view rest = text;
  const bool formed = rest.starts_with(kSecretPrefix) && rest.ends_with('\n');
  if (formed) rest = rest.substr(kSecretPrefix.size(), rest.size() - kSecretPrefix.size() - 1);
  const size_t plus = rest.find('+');
  const bool parts = formed && plus != std::string_view::npos && rest.size() > plus + 10 && rest[plus + 9] == '+';
  Result<Bytes> raw = Base64Decode(parts ? rest.substr(plus + 10) : "");
  NamedKey out;
  const std::string head(parts ? rest.substr(0, plus + 10) : "");
  if (parts) out.name = rest.substr(0, plus);
  WipeMemory(text);
  const bool whole = raw.ok() && raw->size() == 33 && raw->front() == static_cast<uint8_t>(KeyType::kCosignature);
  if (whole) out.seed = SigningKey::CopyOf(ByteView(*raw).subspan(1));
  if (raw.ok()) WipeMemory(*raw);
  // The hash in the file binds name and key: a name that was edited is noticed.
  if (whole && FormatVerifierKey(MakeVerifierKey(out.name, SigningPublicKey(out.seed), KeyType::kCosignature))
                   .starts_with(head)) {
    return out;
  }
  return Status(Code::kCorrupt, path + " is no witness's key file, or is damaged");
}

// Held while its object lives. Each has its own descriptor, so that threads keep each other out as processes do.
class DirectoryLock {
 public:
  static Result<DirectoryLock> Take(const std::string& directory) {
    const std::string path = directory + "/lock";
    DirectoryLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.fd_ < 0) return Status(Code::kIo, "cannot open " + path + ": " + std::strerror(errno));
    int locked = 0;
    do {
      locked = flock(lock.fd_, LOCK_EX);
    } while (locked != 0 && errno == EINTR);
    if (locked != 0) return Status(Code::kIo, "cannot lock " + path + ": " + std::strerror(errno));
    return lock;
  }
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock() {
    if (fd_ >= 0) close(fd_);
  }

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace

Result<VerifierKey> WitnessDirectory::Create(const std::string& directory, std::string_view name) {
  const SigningKey seed = SigningKey::Random();
  const VerifierKey key = MakeVerifierKey(name, SigningPublicKey(seed), KeyType::kCosignature);
  if (name.size() > kMaxNameBytes || !ParseVerifierKey(FormatVerifierKey(key)).ok()) {
    return Status(Code::kInvalidArgument,
                  "a witness's name has 1 to 255 bytes without spaces and '+', such as example.no/witness/ida");
  }
  std::error_code error;
  if (fs::exists(directory, error) && !fs::is_empty(directory, error)) {
    return Status(Code::kConflict, directory + " holds something already: nothing was changed; choose another place");
  }
  RETURN_IF_ERROR(MakePrivateDirectory(directory));
  // The key last: without it no witness lives here.
  Status written = WriteFileAtomically(StatePath(directory), AsBytes(EncodeWitnessState({})), 0600);
  if (written.ok()) written = WriteKey(KeyPath(directory), name, seed, key);
  if (!written.ok()) {
    for (const std::string& path : {KeyPath(directory), StatePath(directory)}) fs::remove(path, error);
    return written;
  }
  return key;
}

Result<std::unique_ptr<WitnessDirectory>> WitnessDirectory::Open(const std::string& directory) {
  Result<NamedKey> key = ReadKey(KeyPath(directory));
  if (!key.ok()) {
    if (key.error().code() != Code::kNotFound) return key.error();
    return Status(Code::kNotFound, directory + " is no witness's directory; make one with spor witness init");
  }
  std::unique_ptr<WitnessDirectory> opened(
      new WitnessDirectory(directory, key->name, std::make_unique<Signer>(key->seed)));
  RETURN_IF_ERROR(opened->State().status());
  return opened;
}

Result<WitnessState> WitnessDirectory::State() const {
  const std::string path = StatePath(directory_);
  const Result<std::string> text = ReadSmallFile(path, kMaxWitnessStateBytes);
  if (!text.ok() && text.error().code() != Code::kNotFound) return text.error();
  const Result<WitnessState> state = ParseWitnessState(text.ok() ? *text : "");
  if (state.ok() || state.error().code() == Code::kTooNew) return state;
  return Status(Code::kCorrupt, path + (text.ok() ? " is damaged" : " is missing") +
                                    ": this witness no longer knows what it has cosigned, and must not go on; bring "
                                    "back the newest copy, or make a new witness with another key");
}

Status WitnessDirectory::Update(const std::function<Result<bool>(WitnessState&)>& change) {
  ASSIGN_OR_RETURN(const DirectoryLock lock, DirectoryLock::Take(directory_));
  ASSIGN_OR_RETURN(WitnessState state, State());
  ASSIGN_OR_RETURN(const bool changed, change(state));
  if (!changed) return OkStatus();
  return WriteFileAtomically(StatePath(directory_), AsBytes(EncodeWitnessState(state)), 0600);
}

}  // namespace spor::ledger
