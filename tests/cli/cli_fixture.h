// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include "tools/cli/command.h"
#include "tools/service/http.h"

namespace spor::cli {

struct Ran {
  ExitCode exit;
  std::string out;
  std::string err;
};

struct SeenRequest {
  std::string target;
  std::string body;
  std::string token;
};

// Runs commands in this process against a service that answers what the test told it to.
class CliTest : public testing::Test {
 protected:
  CliTest() {
    std::string name = (std::filesystem::temp_directory_path() / "spor_cli_XXXXXX").string();
    dir_ = mkdtemp(name.data());
    unsetenv("SPOR_HOME");
  }
  ~CliTest() override {
    server_.reset();
    std::filesystem::remove_all(dir_);
  }

  std::string Path(const std::string& name) const { return (dir_ / name).string(); }
  std::string Home() const { return dir_.string(); }
  std::string File(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }
  static std::string Content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }

  // A file that holds a token, as login leaves it.
  std::string Session() const {
    const std::string path = File("session", "t0k3n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }

  // The next call of `target` is answered so; the last answer is repeated.
  void Answer(const std::string& target, const std::string& body, int status = 200) {
    Serve();
    const std::lock_guard lock(mutex_);
    answers_[target].push_back({status, "application/json", body});
  }
  // Instead of what it was told before.
  void AnswerError(const std::string& target, int status, const std::string& code) {
    Forget(target);
    Answer(target, R"({"error":{"code":")" + code + R"(","message":"because"}})", status);
  }

  void Forget(const std::string& target) {
    const std::lock_guard lock(mutex_);
    answers_[target].clear();
  }

  Ran Run(std::vector<std::string> words, const std::string& input = "") {
    std::FILE* out = std::tmpfile();
    std::FILE* err = std::tmpfile();
    std::FILE* in = std::tmpfile();
    std::fwrite(input.data(), 1, input.size(), in);
    std::fflush(in);
    lseek(fileno(in), 0, SEEK_SET);
    Console console(out, err, fileno(in));
    const ExitCode exit = RunCli(words, console);
    Ran ran{exit, Drain(out), Drain(err)};
    std::fclose(in);
    return ran;
  }
  // With --home, --session-file and --json.
  Ran RunIn(std::vector<std::string> words, const std::string& input = "") {
    for (const std::string& word :
         {std::string("--home"), Home(), std::string("--session-file"), Session(), std::string("--json")}) {
      words.push_back(word);
    }
    return Run(std::move(words), input);
  }

  std::vector<SeenRequest> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  std::vector<std::string> BodiesOf(const std::string& target) {
    std::vector<std::string> bodies;
    for (const SeenRequest& request : seen()) {
      if (request.target == target) bodies.push_back(request.body);
    }
    return bodies;
  }
  // A descriptor from which `text` can be read.
  int Descriptor(const std::string& text) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    EXPECT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    close(ends[1]);
    return ends[0];
  }

  std::filesystem::path dir_;

 private:
  static std::string Drain(std::FILE* file) {
    std::string text(static_cast<size_t>(std::ftell(file)), '\0');
    std::rewind(file);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
  }

  void Serve() {
    if (server_ != nullptr) return;
    service::HttpServerOptions options;
    options.socket_path = Path("spor.sock");
    auto started = service::HttpServer::Start(options, [this](service::HttpRequest& request) {
      const std::lock_guard lock(mutex_);
      seen_.push_back({request.target, request.body, request.bearer_token});
      std::deque<service::HttpResponse>& queue = answers_[request.target];
      if (queue.empty()) return service::ErrorResponse(Status(Code::kNotFound, "no such target"));
      service::HttpResponse answer = queue.front();
      if (queue.size() > 1) queue.pop_front();
      return answer;
    });
    ASSERT_TRUE(started.ok()) << started.error().message();
    server_ = std::move(*started);
  }

  std::mutex mutex_;
  std::map<std::string, std::deque<service::HttpResponse>> answers_;
  std::vector<SeenRequest> seen_;
  std::unique_ptr<service::HttpServer> server_;
};

}  // namespace spor::cli
