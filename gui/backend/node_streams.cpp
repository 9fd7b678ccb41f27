// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <tuple>

#include "gui/backend/node_client.hpp"
#include "gui/backend/node_rpc.hpp"

namespace redoubt::gui {
namespace {

class ExecSession final : public TerminalSession {
  public:
    ExecSession(pb::Node::Stub& node, RunningCalls& calls, const pb::ExecRequest& start)
        : context_(calls), stream_(node.Exec(&*context_)) {
        stream_->Write(start);
    }
    ExecSession(const ExecSession&) = delete;
    ExecSession& operator=(const ExecSession&) = delete;
    ~ExecSession() override {
        if (is_finished_) return;
        (*context_).TryCancel();
        pb::ExecResponse response;
        while (stream_->Read(&response)) {
        }
        std::ignore = stream_->Finish();
    }

    std::optional<std::string> read() override {
        pb::ExecResponse response;
        while (stream_->Read(&response)) {
            if (response.has_stdout()) return std::move(*response.mutable_stdout());
            if (response.has_stderr()) return std::move(*response.mutable_stderr());
            if (response.message_case() == pb::ExecResponse::kExitCode) exit_code_ = response.exit_code();
        }
        return std::nullopt;
    }

    bool write(const std::string& bytes) override {
        pb::ExecRequest request;
        request.set_stdin(bytes);
        return send(request);
    }

    bool resize(std::uint32_t rows, std::uint32_t columns) override {
        pb::ExecRequest request;
        request.mutable_resize()->set_rows(rows);
        request.mutable_resize()->set_columns(columns);
        return send(request);
    }

    Result<int> finish() override {
        is_finished_ = true;
        const auto status = stream_->Finish();
        if (exit_code_) return *exit_code_;
        if (!status.ok()) return std::unexpected(error_of(status));
        return fail(Code::unavailable, "the session ended without an exit code");
    }

    void cancel() override { (*context_).TryCancel(); }

  private:
    bool send(const pb::ExecRequest& request) {
        const std::scoped_lock lock(writing_);
        return stream_->Write(request);
    }

    CallContext context_;
    std::unique_ptr<grpc::ClientReaderWriter<pb::ExecRequest, pb::ExecResponse>> stream_;
    std::mutex writing_;
    std::optional<int> exit_code_;
    bool is_finished_ = false;
};

} // namespace

Status NodeClient::pull(const PullRequest& request, const Each<PullProgress>& each) {
    pb::PullImageRequest message;
    message.set_reference(request.reference);
    message.set_plain_http(request.plain_http);
    CallContext context(rpc_->calls);
    PullSum sum;
    const auto reader = rpc_->node->PullImage(&*context, message);
    return Rpc::read_all<pb::ImageProgress>(*context, *reader, [&](pb::ImageProgress& progress) {
        return !progress.has_layer() || each(sum.add(progress.layer()));
    });
}

Status NodeClient::logs(const std::string& container, const LogOptions& options, const std::stop_token& stop,
                        const Each<LogLine>& each) {
    pb::LogsRequest message;
    message.set_container(container);
    message.set_follow(options.follow);
    message.set_tail(options.tail);
    CallContext context(rpc_->calls);
    const std::stop_callback on_stop(stop, [&context] { (*context).TryCancel(); });
    const auto reader = rpc_->node->Logs(&*context, message);
    return Rpc::read_all<pb::LogsResponse>(*context, *reader, [&](pb::LogsResponse& line) {
        return each(LogLine{line.time(), line.stream() == pb::STDERR, std::move(*line.mutable_line())});
    });
}

Status NodeClient::events(std::int64_t since, const std::stop_token& stop, const Each<NodeEvent>& each) {
    pb::EventsRequest message;
    message.set_since(since);
    message.set_follow(true);
    CallContext context(rpc_->calls);
    const std::stop_callback on_stop(stop, [&context] { (*context).TryCancel(); });
    const auto reader = rpc_->node->Events(&*context, message);
    return Rpc::read_all<pb::Event>(*context, *reader, [&](pb::Event& event) { return each(decode(event)); });
}

std::unique_ptr<TerminalSession> NodeClient::terminal(const std::string& container,
                                                      const std::vector<std::string>& command,
                                                      std::uint32_t rows, std::uint32_t columns) {
    pb::ExecRequest request;
    auto& start = *request.mutable_start();
    start.set_container(container);
    for (const auto& word : command) start.add_command(word);
    auto& kind = *start.add_environment();
    kind.set_name("TERM");
    kind.set_value("xterm-256color");
    start.set_terminal(true);
    start.set_stdin(true);
    start.mutable_size()->set_rows(rows);
    start.mutable_size()->set_columns(columns);
    return std::make_unique<ExecSession>(*rpc_->node, rpc_->calls, request);
}

} // namespace redoubt::gui
