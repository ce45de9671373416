// The smallest client in Go: runs a program in a sandbox and prints its output.
//
// Usage: go run client.go SOCKET LANGUAGE FILE [ARGUMENT...]
//
// Standard library only. It exits with the program's code, or with 125.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// request is the fields of a run that this client sends. The code follows as bytes.
type request struct {
	Type     string   `json:"type"`
	Language string   `json:"language"`
	Args     []string `json:"args,omitempty"`
	Stream   bool     `json:"stream"`
	Bytes    int      `json:"bytes"`
}

// reply is the fields of every message of the agent that this client reads.
type reply struct {
	Type     string `json:"type"`
	Protocol int    `json:"protocol"`
	Bytes    int64  `json:"bytes"`
	Status   string `json:"status"`
	ExitCode int    `json:"exit_code"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

// next reads one line. Its body, of so many bytes, is left in the reader.
func next(agent *bufio.Reader) (answer reply, err error) {
	line, err := agent.ReadBytes('\n')
	if err != nil {
		return answer, fmt.Errorf("the connection was lost: %w", err)
	}
	return answer, json.Unmarshal(line, &answer)
}

// run sends the program, copies its output as it comes, and returns its exit code.
func run(conn net.Conn, language string, code []byte, args []string) (int, error) {
	agent := bufio.NewReader(conn)
	ready, err := next(agent)
	if err != nil {
		return 0, err
	}
	if ready.Type != "ready" || ready.Protocol != 1 {
		return 0, fmt.Errorf("no agent that can be used: %+v", ready)
	}
	line, err := json.Marshal(request{"run", language, args, true, len(code)})
	if err != nil {
		return 0, err
	}
	if _, err := conn.Write(append(append(line, '\n'), code...)); err != nil {
		return 0, err
	}
	for {
		answer, err := next(agent)
		if err != nil {
			return 0, err
		}
		to := io.Writer(os.Stderr)
		if answer.Type == "stdout" {
			to = os.Stdout
		}
		if _, err := io.CopyN(to, agent, answer.Bytes); err != nil {
			return 0, err
		}
		switch answer.Type {
		case "error":
			return 0, fmt.Errorf("refused (%s): %s", answer.Code, answer.Message)
		case "result":
			if answer.Status != "exited" {
				return 0, errors.New("it ended otherwise: " + answer.Status)
			}
			return answer.ExitCode, nil
		}
	}
}

func main() {
	code, err := 0, error(nil)
	if len(os.Args) < 4 {
		err = errors.New("usage: client SOCKET LANGUAGE FILE [ARGUMENT...]")
	} else {
		var program []byte
		var conn net.Conn
		if program, err = os.ReadFile(os.Args[3]); err == nil {
			if conn, err = net.Dial("unix", os.Args[1]); err == nil {
				code, err = run(conn, os.Args[2], program, os.Args[4:])
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "client.go:", err)
		code = 125
	}
	os.Exit(code)
}
