// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

// The one table of domain labels. Every hash, signature and derived key that we define ourselves starts with one of
// these; docs/formats/labels.md lists them with what follows each. Labels are never reused for another purpose.
namespace spor::label {

// Hash prefixes.
inline constexpr std::string_view kLedgerId = "spor/ledger/v1";
inline constexpr std::string_view kUnitKeyCommit = "spor/unit-key/v1";
inline constexpr std::string_view kField = "spor/field/v1";
inline constexpr std::string_view kFields = "spor/fields/v1";
inline constexpr std::string_view kSection = "spor/section/v1";
inline constexpr std::string_view kVaultField = "spor/vault-field/v1";
inline constexpr std::string_view kSlotsDigest = "spor/slots/v1";
inline constexpr std::string_view kPolicyDigest = "spor/policy/v1";
inline constexpr std::string_view kTrustFingerprint = "spor/trust/v1";
inline constexpr std::string_view kReportDigest = "spor/report/v1";
inline constexpr std::string_view kRecoveryKey = "spor/recovery-key/v1";

// Derive() labels.
inline constexpr std::string_view kSeal = "spor/seal/v1";
inline constexpr std::string_view kVaultFieldKey = "spor/vault-field-key/v1";
inline constexpr std::string_view kRecordId = "spor/record-id/v1";
inline constexpr std::string_view kCommitKey = "spor/commit-key/v1";
inline constexpr std::string_view kCommitTag = "spor/commit-tag/v1";
inline constexpr std::string_view kSlotsMac = "spor/slots-mac/v1";
inline constexpr std::string_view kPassphraseSlot = "spor/passphrase-slot/v1";
inline constexpr std::string_view kWrapBranch = "spor/wrap-branch/v1";
inline constexpr std::string_view kWrapNode = "spor/wrap-node/v1";
inline constexpr std::string_view kWrapUnit = "spor/wrap-unit/v1";
inline constexpr std::string_view kWrapService = "spor/wrap-service/v1";
inline constexpr std::string_view kUnitInfo = "spor/unit-info/v1";
inline constexpr std::string_view kIndexBucket = "spor/index-bucket/v1";
inline constexpr std::string_view kIndexValue = "spor/index-value/v1";
inline constexpr std::string_view kProfile = "spor/profile/v1";
inline constexpr std::string_view kEventId = "spor/event-id/v1";
inline constexpr std::string_view kEventBody = "spor/event-body/v1";
inline constexpr std::string_view kSessionToken = "spor/session-token/v1";
inline constexpr std::string_view kAccount = "spor/account/v1";
inline constexpr std::string_view kLogKey = "spor/log-key/v1";
inline constexpr std::string_view kState = "spor/state/v1";
inline constexpr std::string_view kKeyCopyMac = "spor/key-copy-mac/v1";
inline constexpr std::string_view kCustody = "spor/custody/v1";

}  // namespace spor::label
