// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/doubles/ram_dir.h"
#include "tests/doubles/recorded_disk.h"
#include "tests/service/main_work.h"

// The main job on a disk that is recorded, from `init` to an erasure: database, anchor, slot files, secret. Then the
// power goes, at any moment, and the service starts from what the disk shows.
namespace spor::service {

class PowerWalk : public MainWork {
 public:
  void Record() {
    std::filesystem::create_directory(dir_ / "live");
    doubles::RecordedDisk disk(dir_ / "live");
    model_.emplace(disk.model());
    disk_ = &disk;
    World world(dir_ / "live", World::Disk::kRocks);
    ASSERT_WORKS(world.Found());
    activation_code_ = world.activation_code;
    Told(world);
    Scenario(world);
    ExpectAllAnswered();
    world.Close();
    time_ = world.clock.Now();
    totp_ = world.totp;
    events_ = disk.events();
  }

  // Cuts before some of the events, `count` disks in all; with each of them the work is checked, and gone on with.
  void Cut(size_t count, uint32_t seed) {
    const size_t disks = (events_.size() + 1) * std::size(doubles::kPowerLosses);
    const size_t step = std::max<size_t>(disks / count, 1);
    doubles::DiskModel model = *model_;
    size_t opened = 0;
    for (size_t i = 0, told = 0; i <= events_.size(); ++i) {
      for (const doubles::PowerLoss loss : doubles::kPowerLosses) {
        if ((i * std::size(doubles::kPowerLosses) + static_cast<size_t>(loss) + seed) % step != 0) continue;
        SCOPED_TRACE("event " + std::to_string(i) + " of " + std::to_string(events_.size()) + ", loss " +
                     std::to_string(static_cast<int>(loss)) + ", seed " + std::to_string(seed));
        const std::string place = dir_ / "cut";
        std::filesystem::remove_all(place);
        model.Make(loss, seed + static_cast<uint32_t>(i), place);
        CheckAfter(place, told);
        ++opened;
        if (::testing::Test::HasFailure()) return;
      }
      if (i == events_.size()) break;
      model.Play(events_[i]);
      told += events_[i].type == doubles::DiskEvent::Type::kMark;
    }
    std::printf("%zu disks of %zu events\n", opened, events_.size());
  }
  const std::vector<doubles::DiskEvent>& events() const { return events_; }

 private:
  void Told(World&) override {
    told_.push_back(answered_);
    disk_->Mark(std::to_string(told_.size()));
  }

  void CheckAfter(const std::string& place, size_t told) {
    World left(place, World::Disk::kRocks);
    left.clock.Set(time_);
    const Status opened = left.Open();
    if (told == 0 && !opened.ok()) return;  // nobody was told yet that there is a home
    ASSERT_WORKS(opened);
    answered_ = told == 0 ? Answered() : told_[told - 1];
    // Also where it was done and the answer never came; then an administrator would be invited anew.
    if (!left.AuditSections("activation", "done").empty()) left.totp = totp_;
    CheckEvidence(left);
    GoOn(left);
    left.Close();
    EXPECT_EQ(left.Damage(), "");
  }

  doubles::RamDir dir_;
  doubles::RecordedDisk* disk_ = nullptr;
  std::optional<doubles::DiskModel> model_;
  std::vector<doubles::DiskEvent> events_;
  std::vector<Answered> told_;  // after each mark
  UnixSeconds time_ = 0;
  Bytes totp_;
};

}  // namespace spor::service
