// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/targets.h"
#include "tools/service/backup.h"
#include "tools/service/tcp_socket.h"

namespace spor::fuzz {

int FuzzTcpAddress(ByteView input) {
  const Result<service::TcpAddress> address = service::ParseTcpAddress(AsText(input));
  if (!address.ok()) return 0;
  CHECK(!address->host.empty() && address->host.size() <= 255);
  const Result<service::TcpAddress> back = service::ParseTcpAddress(service::FormatTcpAddress(*address));
  CHECK(back.ok() && back->host == address->host && back->port == address->port);
  return 0;
}

int FuzzBackupNote(ByteView input) {
  const Result<service::BackupNote> note = service::ParseBackupNote(AsText(input));
  if (note.ok()) CHECK(note->generation >= 1 && note->size >= 1);
  return 0;
}

}  // namespace spor::fuzz
