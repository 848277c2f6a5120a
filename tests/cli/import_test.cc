// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"
#include "tools/cli/line_batches.h"

namespace spor::cli {
namespace {

constexpr const char* kTotals = R"({"created":1,"updated":0,"unchanged":0,"refused":0,"entry":5})";
constexpr const char* kChunk = R"({"created":1,"updated":0,"unchanged":0,"refused":0,"reasons":[]})";

class Import : public CliTest {
 protected:
  void AnswerImport() {
    Answer("/v1/import/begin", R"({"import":"i1"})");
    Answer("/v1/import/chunk", kChunk);
    Answer("/v1/import/end", kTotals);
  }
};

TEST_F(Import, SendsColumnsMapRowsAndEnd) {
  AnswerImport();
  const std::string file = File("c.csv", "external_id,epost\n1,\"a,b\"\n2,\n");
  const Ran ran = RunIn({"import", "contact", file, "--map", "email=epost"});
  EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  EXPECT_EQ(BodiesOf("/v1/import/begin")[0],
            R"({"category":"contact","columns":["external_id","epost"],"map":{"email":"epost"}})");
  EXPECT_EQ(BodiesOf("/v1/import/chunk")[0], R"({"import":"i1","first_row":1,"rows":[["1","a,b"],["2",""]]})");
  EXPECT_EQ(BodiesOf("/v1/import/end")[0], R"({"import":"i1"})");
  EXPECT_EQ(ran.out, "{\"created\":1,\"updated\":0,\"unchanged\":0,\"refused\":0,\"entry\":5,\"reasons\":[]}\n");
}

TEST_F(Import, SendsAtMost512RowsAtOnce) {
  AnswerImport();
  std::string text = "external_id\n";
  for (int i = 0; i < 1100; ++i) text += std::to_string(i) + "\n";
  EXPECT_EQ(RunIn({"import", "contact", File("c.csv", text)}).exit, ExitCode::kDone);
  const std::vector<std::string> chunks = BodiesOf("/v1/import/chunk");
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_TRUE(chunks[1].starts_with(R"({"import":"i1","first_row":513,"rows":[["512"],)"));
  EXPECT_EQ(privacy::ParseJson(chunks[0])->GetArray("rows")->size(), 512u);
  EXPECT_EQ(privacy::ParseJson(chunks[2])->GetArray("rows")->size(), 76u);
}

TEST_F(Import, ABrokenFileIsRefusedBeforeAnythingIsSent) {
  AnswerImport();
  const Ran ran = RunIn({"import", "contact", File("c.csv", "external_id,a\n1,2\n3\n")});
  EXPECT_EQ(ran.exit, ExitCode::kRefused);
  EXPECT_NE(ran.err.find("c.csv:3"), std::string::npos);
  EXPECT_TRUE(seen().empty());
  EXPECT_EQ(RunIn({"import", "contact", Path("none.csv")}).exit, ExitCode::kNotFound);
}

TEST_F(Import, ARefusedFileSendsNoRows) {
  AnswerError("/v1/import/begin", 400, "invalid_argument");
  EXPECT_EQ(RunIn({"import", "contact", File("c.csv", "external_id,x\n1,2\n")}).exit, ExitCode::kRefused);
  EXPECT_EQ(seen().size(), 1u);
}

TEST_F(Import, AWrongMapIsWrongUsage) {
  AnswerImport();
  const std::string file = File("c.csv", "external_id,a\n1,2\n");
  for (const char* map : {"x", "=a", "email=", "email=b", "email=a,email=external_id", "email=a,phone=a"}) {
    EXPECT_EQ(RunIn({"import", "contact", file, "--map", map}).exit, ExitCode::kUsage) << map;
  }
  EXPECT_TRUE(seen().empty());
}

TEST_F(Import, ShowsTheFirstRefusalsAndCountsTheRest) {
  Answer("/v1/import/begin", R"({"import":"i1"})");
  std::string reasons;
  for (int i = 1; i <= 25; ++i) {
    reasons += (i > 1 ? "," : "") + std::string(R"({"row":)") + std::to_string(i) + R"(,"reason":"no external_id"})";
  }
  Answer("/v1/import/chunk", R"({"created":0,"updated":0,"unchanged":0,"refused":25,"reasons":[)" + reasons + "]}");
  Answer("/v1/import/end", R"({"created":0,"updated":0,"unchanged":0,"refused":25,"entry":5})");
  const std::string file = File("c.csv", "external_id\n1\n");
  const Ran text = Run({"import", "contact", file, "--home", Home(), "--session-file", Session()});
  EXPECT_EQ(text.exit, ExitCode::kDone);
  EXPECT_NE(text.err.find("row 20 refused: no external_id\nand 5 more refused\n"), std::string::npos) << text.err;
  EXPECT_EQ(text.err.find("row 21"), std::string::npos);
  EXPECT_NE(text.out.find("refused:   25"), std::string::npos) << text.out;
  const Ran json = RunIn({"import", "contact", file});
  EXPECT_EQ(privacy::ParseJson(json.out)->GetArray("reasons")->size(), 20u);
}

TEST_F(Import, WaitsWhileTheServiceIsBusy) {
  Answer("/v1/import/begin", R"({"import":"i1"})");
  AnswerError("/v1/import/chunk", 503, "later");
  Answer("/v1/import/chunk", kChunk);
  Answer("/v1/import/end", kTotals);
  EXPECT_EQ(RunIn({"import", "contact", File("c.csv", "external_id\n1\n")}).exit, ExitCode::kDone);
  EXPECT_EQ(BodiesOf("/v1/import/chunk").size(), 2u);
}

TEST_F(Import, ClocksHaveTheirColumns) {
  Answer("/v1/clock/begin", R"({"run":"r1"})");
  Answer("/v1/clock/chunk", R"({"started":1,"moved":0,"unchanged":0,"refused":0,"cleared":0,"reasons":[]})");
  Answer("/v1/clock/end", R"({"started":1,"moved":0,"unchanged":0,"refused":0,"cleared":0,"entry":6})");
  const std::string start = File("s.csv", "external_id,date\n1,2026-01-31\n");
  const std::string clear = File("e.csv", "external_id\n1\n");
  EXPECT_EQ(RunIn({"clock", "start", "ended", "--file", start}).exit, ExitCode::kDone);
  EXPECT_EQ(RunIn({"clock", "clear", "ended", "--file", clear}).exit, ExitCode::kDone);
  EXPECT_EQ(BodiesOf("/v1/clock/begin"), (std::vector<std::string>{R"({"action":"start","clock":"ended"})",
                                                                   R"({"action":"clear","clock":"ended"})"}));
  EXPECT_EQ(BodiesOf("/v1/clock/chunk")[0], R"({"run":"r1","first_row":1,"rows":[["1","2026-01-31"]]})");
  EXPECT_EQ(BodiesOf("/v1/clock/end")[0], R"({"run":"r1"})");
  EXPECT_EQ(RunIn({"clock", "start", "ended", "--file", clear}).exit, ExitCode::kRefused);
  EXPECT_EQ(RunIn({"clock", "clear", "ended", "--file", start}).exit, ExitCode::kRefused);
  EXPECT_EQ(RunIn({"clock", "start", "ended"}).exit, ExitCode::kUsage);
  EXPECT_EQ(BodiesOf("/v1/clock/begin").size(), 2u);
}

std::string Acked(uint64_t lines, int entry) {
  return R"({"acked_through":)" + std::to_string(lines) + R"(,"entry":)" + std::to_string(entry) + R"(,"accepted":)" +
         std::to_string(lines) + R"(,"repeated":0,"refused":0,"reasons":[]})";
}

TEST_F(Import, IngestAcknowledgesEveryBatchOverTheWholeFile) {
  std::string text;
  for (int i = 0; i < 1500; ++i) text += "{\"event_id\":\"" + std::to_string(i) + "\"}\n";
  Answer("/v1/ingest", Acked(1024, 7));
  Answer("/v1/ingest", Acked(476, 8));
  const Ran ran = RunIn({"ingest", File("e.ndjson", text)});
  EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  EXPECT_EQ(ran.out,
            "{\"acked_through\":1024,\"entry\":7}\n{\"acked_through\":1500,\"entry\":8}\n"
            "{\"accepted\":1500,\"repeated\":0,\"refused\":0,\"reasons\":[]}\n");
  const std::vector<std::string> bodies = BodiesOf("/v1/ingest");
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0] + bodies[1], text);
}

TEST_F(Import, IngestSendsAgainWhatWasNotAnswered) {
  Answer("/v1/ingest", Acked(2, 7));
  Answer("/v1/ingest", Acked(1, 8));
  const Ran ran = RunIn({"ingest", "-"}, "a\nb\nc");
  EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  EXPECT_EQ(BodiesOf("/v1/ingest"), (std::vector<std::string>{"a\nb\nc", "c"}));
  EXPECT_NE(ran.out.find("{\"acked_through\":3,\"entry\":8}\n"), std::string::npos);
}

TEST_F(Import, IngestNumbersRefusedLinesOverTheWholeFile) {
  std::string text;
  for (int i = 0; i < 1025; ++i) text += "x\n";
  Answer("/v1/ingest", Acked(1024, 7));
  Answer(
      "/v1/ingest",
      R"({"acked_through":1,"entry":8,"accepted":0,"repeated":0,"refused":1,"reasons":[{"line":1,"reason":"no JSON"}]})");
  const Ran ran = RunIn({"ingest", File("e.ndjson", text)});
  EXPECT_NE(ran.out.find(R"("reasons":[{"line":1025,"reason":"no JSON"}])"), std::string::npos) << ran.out;
}

TEST_F(Import, IngestSaysHowManyEventsWereAboutRestrictedPeople) {
  Answer("/v1/ingest",
         R"({"acked_through":2,"entry":8,"accepted":2,"repeated":0,"refused":0,"restricted":1,"reasons":[]})");
  const Ran ran = RunIn({"ingest", "-"}, "a\nb\n");
  EXPECT_NE(ran.out.find(R"("refused":0,"restricted":1)"), std::string::npos) << ran.out;
}

TEST_F(Import, IngestStopsWhereTheServiceDoes) {
  AnswerError("/v1/ingest", 500, "internal");
  EXPECT_EQ(RunIn({"ingest", "-"}, "a\n").exit, ExitCode::kInternal);
  EXPECT_EQ(RunIn({"ingest", "-"}, "").out, "{\"accepted\":0,\"repeated\":0,\"refused\":0,\"reasons\":[]}\n");
}

TEST(LineBatches, CutsAtLinesAndBytes) {
  const std::string big(5 << 20, 'x');
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::thread writer([&] {
    std::string text = big + "\n" + big + "\nlast";
    for (std::string_view rest = text; !rest.empty();) {
      rest.remove_prefix(static_cast<size_t>(write(ends[1], rest.data(), rest.size())));
    }
    close(ends[1]);
  });
  LineBatches batches = LineBatches::FromFd(ends[0]);
  uint64_t lines = 0;
  std::string all;
  while (true) {
    Result<std::optional<LineBatch>> batch = batches.Next();
    ASSERT_TRUE(batch.ok());
    if (!batch->has_value()) break;
    EXPECT_LE((*batch)->text.size(), kMaxBatchBytes);
    lines += (*batch)->lines;
    all += (*batch)->text;
  }
  writer.join();
  close(ends[0]);
  EXPECT_EQ(lines, 3u);
  EXPECT_EQ(all, big + "\n" + big + "\nlast");
}

TEST(LineBatches, RefusesALineThatIsTooLong) {
  std::FILE* file = std::tmpfile();
  const std::string text = "short\n" + std::string(kMaxBatchBytes + 1, 'x');
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
  lseek(fileno(file), 0, SEEK_SET);
  LineBatches batches = LineBatches::FromFd(fileno(file));
  EXPECT_EQ((*batches.Next())->text, "short\n");
  const Status refused = batches.Next().status();
  EXPECT_EQ(refused.code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.message(), "line 2 has more than 8 MiB");
  std::fclose(file);
}

TEST(LineBatches, ASlowStreamIsNotHeldBack) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "a\nb\nhalf", 8), 8);
  LineBatches batches = LineBatches::FromFd(ends[0]);
  Result<std::optional<LineBatch>> first = batches.Next();  // would wait for ever for 1,024 lines
  EXPECT_EQ((*first)->text, "a\nb\n");
  ASSERT_EQ(write(ends[1], "\n", 1), 1);
  EXPECT_EQ((*batches.Next())->text, "half\n");
  close(ends[1]);
  EXPECT_FALSE(batches.Next()->has_value());
  close(ends[0]);
}

}  // namespace
}  // namespace spor::cli
