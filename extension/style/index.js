import "./base.css";
import "./run-browser.css";
